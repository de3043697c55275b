/**
 * Seeded simulation of the whole protocol: the production steps of voters and holders, with a
 * network, clocks, disks and backends that fail, and checkers that judge from outside after each
 * event.
 */
@NullMarked
package holdfast.health.sim;

import org.jspecify.annotations.NullMarked;
