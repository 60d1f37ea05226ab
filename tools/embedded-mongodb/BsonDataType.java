import de.bwaldvogel.mongo.backend.KeyValue;
import de.bwaldvogel.mongo.bson.Document;
import de.bwaldvogel.mongo.bson.ObjectId;
import de.bwaldvogel.mongo.wire.bson.BsonDecoder;
import de.bwaldvogel.mongo.wire.bson.BsonEncoder;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import org.h2.mvstore.DataUtils;
import org.h2.mvstore.WriteBuffer;
import org.h2.mvstore.type.BasicDataType;
import org.h2.mvstore.type.ObjectDataType;

/**
 * Keeps documents and keys as BSON. H2 would use Java's serialization, four times as large, and would serialize two
 * keys whenever it compares them.
 */
final class BsonDataType extends BasicDataType<Object> {
  private static final byte DOCUMENT = 1;
  private static final byte KEY = 2;
  private static final byte VALUE = 3;
  /** What BSON does not have, such as mongo-java-server's mark of a missing field: as H2 has it. */
  private static final byte OTHER = 4;
  /** What an object takes in memory besides its content, roughly. Bytes. */
  private static final int OVERHEAD = 64;
  private static final ObjectDataType SERIALIZED = new ObjectDataType();

  @Override
  public int getMemory(Object object) {
    return encode(object).length + OVERHEAD;
  }

  @Override
  public void write(WriteBuffer buffer, Object object) {
    byte[] bytes = encode(object);
    buffer.putVarInt(bytes.length).put(bytes);
  }

  @Override
  public Object read(ByteBuffer buffer) {
    byte[] bytes = new byte[DataUtils.readVarInt(buffer)];
    buffer.get(bytes);
    ByteBuf content = Unpooled.wrappedBuffer(bytes, 1, bytes.length - 1);
    return switch (bytes[0]) {
      case DOCUMENT -> BsonDecoder.decodeBson(content);
      case KEY -> new KeyValue((Collection<?>) BsonDecoder.decodeBson(content).get("v"));
      case VALUE -> BsonDecoder.decodeBson(content).get("v");
      default -> SERIALIZED.read(ByteBuffer.wrap(bytes, 1, bytes.length - 1));
    };
  }

  /** Any total order will do, as long as it tells apart what differs; the common kinds need no encoding. */
  @Override
  public int compare(Object left, Object right) {
    if (left instanceof KeyValue a && right instanceof KeyValue b && a.size() == b.size()) {
      for (int i = 0; i < a.size(); i++) {
        int order = compare(a.get(i), b.get(i));
        if (order != 0) return order;
      }
      return 0;
    }
    if (left instanceof ObjectId a && right instanceof ObjectId b) return a.compareTo(b);
    if (left instanceof String a && right instanceof String b) return a.compareTo(b);
    if (left instanceof Double a && right instanceof Double b) return a.compareTo(b);
    // The type's byte comes first.
    return Arrays.compareUnsigned(encode(left), encode(right));
  }

  @Override
  public Object[] createStorage(int size) {
    return new Object[size];
  }

  private static byte[] encode(Object object) {
    try {
      if (object instanceof Document document) return encode(DOCUMENT, document);
      if (object instanceof KeyValue key) return encode(KEY, new Document("v", values(key)));
      return encode(VALUE, new Document("v", object));
    } catch (RuntimeException error) {
      WriteBuffer buffer = new WriteBuffer();
      SERIALIZED.write(buffer.put(OTHER), object);
      return Arrays.copyOf(buffer.getBuffer().array(), buffer.position());
    }
  }

  private static byte[] encode(byte kind, Document document) {
    ByteBuf buffer = Unpooled.buffer().writeByte(kind);
    BsonEncoder.encodeDocument(document, buffer);
    return Arrays.copyOf(buffer.array(), buffer.writerIndex());
  }

  private static List<Object> values(KeyValue key) {
    List<Object> values = new ArrayList<>();
    key.forEach(values::add);
    return values;
  }
}
