/** The command line: main, sub-commands, exit codes. */
@NullMarked
package holdfast.proxy.cli;

import org.jspecify.annotations.NullMarked;
