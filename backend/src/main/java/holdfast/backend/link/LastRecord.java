package holdfast.backend.link;

import holdfast.backend.model.AcceptedRecord;
import holdfast.backend.model.RecordText;
import org.jspecify.annotations.Nullable;

/** Reads records: each voter sends a new one, all the same text, mostly, and long. */
final class LastRecord {
  private String text = "";
  private @Nullable AcceptedRecord record;

  AcceptedRecord read(String of) {
    AcceptedRecord last = record;
    if (last == null || !of.equals(text)) {
      last = RecordText.read(of);
      record = last;
      text = of;
    }
    return last;
  }
}
