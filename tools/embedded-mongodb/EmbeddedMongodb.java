import de.bwaldvogel.mongo.MongoBackend;
import de.bwaldvogel.mongo.MongoDatabase;
import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.MongoVersion;
import de.bwaldvogel.mongo.backend.h2.H2Backend;
import de.bwaldvogel.mongo.backend.memory.MemoryBackend;
import de.bwaldvogel.mongo.bson.Document;
import de.bwaldvogel.mongo.wire.message.MongoMessage;
import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.h2.mvstore.MVStore;

/**
 * Runs mongo-java-server, a server that speaks MongoDB's protocol, with what it lacks: a wire version that current
 * drivers accept, a port of choice, replies that no later write can tear, and writes that survive kill -9.
 */
public final class EmbeddedMongodb {
  private static final String HELP = """
      Runs an embedded server that speaks MongoDB's protocol (development and tests only: it has no login).

      Usage: java -cp 'LIB/*:CLASSES' EmbeddedMongodb [options]
        --port N      port to listen on; 0, the default, takes a free one
        --host HOST   address to listen on; default 127.0.0.1
        --memory      keep everything in memory (the default)
        --file PATH   keep everything in this file; an acknowledged write survives kill -9, not a power cut
        --detached    do not end when standard input does (for a container)
        --help        print this

      Prints one line of JSON once it listens: {"host":"127.0.0.1","port":12345}
      Ends on SIGTERM, on SIGINT, and at the end of standard input, so that it cannot outlive who started it.
      Exit status: 0 standard input ended, 2 wrong option, 1 anything else.
      """;
  /** MongoDB 4.4, the oldest that driver 7 speaks to. */
  private static final List<Integer> VERSION = List.of(4, 4, 0);
  private static final int WIRE_VERSION = 9;
  /** Documents in a first batch and in a later one: the former is MongoDB's own, the latter bounds a reply. */
  private static final int FIRST_BATCH = 101;
  private static final int NEXT_BATCH = 1000;
  /** Documents in a batch of GridFS chunks, 255 KiB each: a reply may have 48 MB. */
  private static final int CHUNKS_BATCH = 64;
  /** Connections get a thread each, in turn: one that waits for the lock must not hold up another's heartbeat. */
  private static final String THREADS = "64";
  /** What a driver asks to see whether the server lives; needs no lock, and its driver gives up after 2 s. */
  private static final Set<String> HEARTBEAT = Set.of("isMaster", "ismaster", "hello", "ping", "buildInfo");
  /** What H2 may cache of the file. MB. */
  private static final int CACHE_MB = 64;

  private record Options(String host, int port, String file, boolean detached) {}

  /** mongo-java-server encodes a reply after it let go of its locks: hence one lock, and copies made inside it. */
  private final Object lock = new Object();
  private final MVStore store;

  private EmbeddedMongodb(String file) {
    store = file == null ? null : open(file);
  }

  public static void main(String[] args) {
    // Its logger says that there is no logger otherwise.
    System.setProperty("slf4j.internal.verbosity", "ERROR");
    System.setProperty("io.netty.eventLoopThreads", THREADS);
    Options options = parse(args);
    try {
      MongoServer server = new MongoServer(new EmbeddedMongodb(options.file).backend());
      Runtime.getRuntime().addShutdownHook(new Thread(server::shutdownNow));
      server.bind(options.host, options.port);
      int port = server.getLocalAddress().getPort();
      System.out.println("{\"host\":\"%s\",\"port\":%d}".formatted(options.host, port));
    } catch (RuntimeException error) {
      fail(1, "cannot start: " + error.getMessage());
    }
    if (!options.detached) exitWhenInputEnds();
  }

  private static Options parse(String[] args) {
    String host = "127.0.0.1";
    String file = null;
    int port = 0;
    boolean detached = false;
    for (int i = 0; i < args.length; i++) {
      switch (args[i]) {
        case "--port" -> port = portNumber(value(args, ++i));
        case "--host" -> host = value(args, ++i);
        case "--file" -> file = value(args, ++i);
        case "--memory" -> file = null;
        case "--detached" -> detached = true;
        case "--help" -> fail(0, HELP);
        default -> fail(2, "unknown option " + args[i] + "; see --help");
      }
    }
    return new Options(host, port, file, detached);
  }

  private static String value(String[] args, int index) {
    if (index >= args.length) fail(2, args[index - 1] + " needs a value; see --help");
    return args[index];
  }

  private static int portNumber(String text) {
    if (!text.matches("\\d{1,5}") || Integer.parseInt(text) > 65535) fail(2, "--port must be 0 to 65535");
    return Integer.parseInt(text);
  }

  /** Ends the process with a message: on standard output when all is well. */
  private static void fail(int status, String message) {
    (status == 0 ? System.out : System.err).println(message.stripTrailing());
    System.exit(status);
  }

  private static void exitWhenInputEnds() {
    try {
      while (System.in.read() >= 0) {}
    } catch (IOException error) {
      // An input that cannot be read is as good as one that has ended.
    }
    System.exit(0);
  }

  private static MVStore open(String file) {
    MVStore store = new MVStore.Builder().fileName(file).autoCommitDisabled().cacheSize(CACHE_MB).open();
    // Commits come one after the other and are complete: space of old versions can be reused at once. Milliseconds.
    store.setRetentionTime(0);
    return store;
  }

  private MongoBackend backend() {
    MongoBackend backend = store == null
        ? new MemoryBackend() {
          @Override
          public Document handleMessage(MongoMessage message) {
            return handle(message, super::handleMessage);
          }
        }
        : new H2Backend(store) {
          @Override
          public Document handleMessage(MongoMessage message) {
            return handle(message, super::handleMessage);
          }

          @Override
          protected MongoDatabase openOrCreateDatabase(String name) {
            return new BsonDatabase(name, store, getCursorRegistry());
          }

          @Override
          public void close() {
            synchronized (lock) {
              super.close();
            }
          }
        };
    return backend.version(new MongoVersion() {
      @Override
      public List<Integer> getVersionArray() {
        return VERSION;
      }

      @Override
      public int getWireVersion() {
        return WIRE_VERSION;
      }
    });
  }

  private Document handle(MongoMessage message, Function<MongoMessage, Document> handler) {
    Document command = message.getDocument();
    if (HEARTBEAT.contains(command.keySet().iterator().next())) return handler.apply(message);
    boundBatch(command);
    synchronized (lock) {
      try {
        return withRightCount(command, handler.apply(message).cloneDeeply());
      } finally {
        commit();
      }
    }
  }

  /** Makes what was written survive a kill before the client hears of it. */
  private void commit() {
    if (store == null || store.isClosed()) return;
    try {
      store.commit();
    } catch (RuntimeException error) {
      // A full disk, for instance: nothing may be acknowledged any more, and memory and file differ.
      System.err.println("cannot write the data: " + error.getMessage());
      Runtime.getRuntime().halt(1);
    }
  }

  /** Without a size everything would come in one reply. */
  private static void boundBatch(Document command) {
    switch (command.keySet().iterator().next()) {
      case "find" -> command.putIfAbsent("batchSize", sizeFor(command.get("find"), FIRST_BATCH));
      case "getMore" -> command.putIfAbsent("batchSize", sizeFor(command.get("collection"), NEXT_BATCH));
      case "aggregate" -> {
        if (command.get("cursor") instanceof Document cursor) {
          cursor.putIfAbsent("batchSize", sizeFor(command.get("aggregate"), FIRST_BATCH));
        }
      }
      default -> {}
    }
  }

  private static int sizeFor(Object collection, int size) {
    return String.valueOf(collection).endsWith(".chunks") ? Math.min(size, CHUNKS_BATCH) : size;
  }

  /** Corrects the count of an insert: the stock one includes the documents that failed. */
  private static Document withRightCount(Document command, Document reply) {
    if (!command.containsKey("insert") || !(reply.get("writeErrors") instanceof Collection<?> errors)) return reply;
    boolean ordered = !Boolean.FALSE.equals(command.get("ordered"));
    int sent = ((Number) reply.get("n")).intValue();
    Document first = (Document) errors.iterator().next();
    reply.put("n", ordered ? ((Number) first.get("index")).intValue() : sent - errors.size());
    return reply;
  }
}
