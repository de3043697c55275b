/** What a voter's steps mean for people: Sentinel's events, and the record of each switch. Pure. */
@NullMarked
package holdfast.health.report;

import org.jspecify.annotations.NullMarked;
