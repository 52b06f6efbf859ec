import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Scanner;
import org.apache.avro.NameValidator;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;

/**
 * Reads lines of {writer, reader, values} and writes a line for each: every value as Avro for Java resolves it, written by the
 * reader's schema as hexadecimal bytes, null where there is no resolution.
 */
public final class AvroAnswers {
  public static void main(String[] arguments) throws Exception {
    ObjectMapper json = new ObjectMapper();
    Scanner lines = new Scanner(System.in, "UTF-8");
    while (lines.hasNextLine()) {
      JsonNode pair = json.readTree(lines.nextLine());
      List<String> answers = new ArrayList<>();
      for (JsonNode value : pair.get("values")) {
        answers.add(answer(pair.get("writer").toString(), pair.get("reader").toString(), value.asText()));
      }
      System.out.println(json.writeValueAsString(answers));
    }
  }

  private static String answer(String writer, String reader, String value) {
    try {
      Schema to = schema(reader);
      BinaryDecoder decoder = DecoderFactory.get().binaryDecoder(HexFormat.of().parseHex(value), null);
      Object read = new GenericDatumReader<Object>(schema(writer), to, new Ordered()).read(null, decoder);
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      var encoder = EncoderFactory.get().directBinaryEncoder(out, null);
      new GenericDatumWriter<Object>(to).write(read, encoder);
      return HexFormat.of().formatHex(out.toByteArray());
    } catch (Exception | StackOverflowError error) {
      if (System.getenv("AVRO_WHY") != null) System.err.println(error);
      return null;
    }
  }

  /** Defaults of any branch are read (Avro 1.12), names of any letters too. */
  private static Schema schema(String text) {
    return new Schema.Parser(NameValidator.NO_VALIDATION).setValidateDefaults(false).parse(text);
  }

  /** Maps keep their order. */
  private static final class Ordered extends GenericData {
    @Override
    public Object newMap(Object old, int size) {
      return new LinkedHashMap<Object, Object>();
    }
  }
}
