package holdfast.backend.engine;

import holdfast.backend.command.KeySpec;
import holdfast.backend.resp.RespWriter;
import java.util.List;

/** The key specifications within a COMMAND reply. */
final class KeySpecReply {
  private KeySpecReply() {}

  static void write(RespWriter out, List<KeySpec> specs) {
    out.set(specs.size());
    for (KeySpec spec : specs) {
      String notes = spec.notes();
      out.map(notes == null ? 3 : 4);
      if (notes != null) {
        out.bulk("notes").bulk(notes);
      }
      out.bulk("flags").set(spec.flags().size());
      spec.flags().forEach(out::simple);
      out.bulk("begin_search").map(2).bulk("type");
      switch (spec.begin()) {
        case KeySpec.Begin.Index(int at) ->
            out.bulk("index").bulk("spec").map(1).bulk("index").integer(at);
        case KeySpec.Begin.Keyword(String word, int startFrom) -> {
          out.bulk("keyword").bulk("spec").map(2).bulk("keyword").bulk(word);
          out.bulk("startfrom").integer(startFrom);
        }
        case KeySpec.Begin.Unknown() -> out.bulk("unknown").bulk("spec").map(0);
      }
      out.bulk("find_keys").map(2).bulk("type");
      switch (spec.find()) {
        case KeySpec.Find.Range(int last, int step, int limit) -> {
          out.bulk("range").bulk("spec").map(3).bulk("lastkey").integer(last);
          out.bulk("keystep").integer(step).bulk("limit").integer(limit);
        }
        case KeySpec.Find.KeyNum(int numberAt, int firstKey, int step) -> {
          out.bulk("keynum").bulk("spec").map(3).bulk("keynumidx").integer(numberAt);
          out.bulk("firstkey").integer(firstKey).bulk("keystep").integer(step);
        }
        case KeySpec.Find.Unknown() -> out.bulk("unknown").bulk("spec").map(0);
      }
    }
  }
}
