/** The configuration file as immutable records, checked as a whole before anything starts. */
@NullMarked
package holdfast.proxy.config;

import org.jspecify.annotations.NullMarked;
