/** Whether one backend is down, from what it answers (pure). */
@NullMarked
package holdfast.health.detect;

import org.jspecify.annotations.NullMarked;
