import de.bwaldvogel.mongo.MongoCollection;
import de.bwaldvogel.mongo.backend.CollectionOptions;
import de.bwaldvogel.mongo.backend.CursorRegistry;
import de.bwaldvogel.mongo.backend.Index;
import de.bwaldvogel.mongo.backend.IndexKey;
import de.bwaldvogel.mongo.backend.h2.H2Database;
import java.util.List;
import org.h2.mvstore.MVMap;
import org.h2.mvstore.MVStore;

/** A database whose maps hold BSON: each is opened before the original opens it, which then gets the open one. */
final class BsonDatabase extends H2Database {
  /** The constructor of the base class opens maps already, when a field of ours would not be set yet. */
  private static MVStore store;

  BsonDatabase(String name, MVStore store, CursorRegistry cursors) {
    super(name, use(store), cursors);
  }

  private static MVStore use(MVStore mvStore) {
    store = mvStore;
    return mvStore;
  }

  private static void open(String map) {
    store.openMap(map, new MVMap.Builder<>().keyType(new BsonDataType()).valueType(new BsonDataType()));
  }

  @Override
  protected MongoCollection<Object> openOrCreateCollection(String name, CollectionOptions options) {
    open("databases." + getFullCollectionNamespace(name));
    return super.openOrCreateCollection(name, options);
  }

  @Override
  protected Index<Object> openOrCreateUniqueIndex(String collection, String name, List<IndexKey> keys, boolean sparse) {
    open(getFullCollectionNamespace(collection) + "._index_" + name);
    return super.openOrCreateUniqueIndex(collection, name, keys, sparse);
  }
}
