import de.bwaldvogel.mongo.MongoCollection;
import de.bwaldvogel.mongo.MongoDatabase;
import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.MongoVersion;
import de.bwaldvogel.mongo.backend.CollectionOptions;
import de.bwaldvogel.mongo.backend.CursorRegistry;
import de.bwaldvogel.mongo.backend.Index;
import de.bwaldvogel.mongo.backend.QueryResult;
import de.bwaldvogel.mongo.backend.h2.H2Backend;
import de.bwaldvogel.mongo.backend.h2.H2Collection;
import de.bwaldvogel.mongo.backend.h2.H2Database;
import de.bwaldvogel.mongo.bson.Document;
import de.bwaldvogel.mongo.exception.MongoServerError;
import io.netty.channel.Channel;
import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.h2.mvstore.MVMap;
import org.h2.mvstore.MVStore;

/** Arguments: file, port. Ends, with everything written, when its standard input does. */
public final class MongoServerMain {
  public static void main(String[] arguments) throws Exception {
    H2Backend backend = new Backend(MVStore.open(arguments[0]));
    backend.version(new FiveZero());
    MongoServer server = new MongoServer(backend);
    server.bind("127.0.0.1", Integer.parseInt(arguments[1]));
    // Also whoever kills this process finds what was there a moment before.
    // Told to stop by a flag: an interrupt would close the file under a commit that is being written.
    CountDownLatch stopping = new CountDownLatch(1);
    Thread commits = new Thread(() -> {
      try {
        do backend.commit();
        while (!stopping.await(50, TimeUnit.MILLISECONDS));
      } catch (InterruptedException never) {
        throw new IllegalStateException(never);
      }
    });
    commits.setDaemon(true);
    commits.start();
    while (System.in.read() != -1) {}
    stopping.countDown();
    commits.join();
    try {
      server.shutdownNow();
    } finally {
      System.exit(0);
    }
  }

  /** The driver refuses the versions that the server knows; this is the last one that answers all that we send. */
  private static final class FiveZero implements MongoVersion {
    @Override
    public List<Integer> getVersionArray() {
      return List.of(5, 0, 0);
    }

    @Override
    public int getWireVersion() {
      return 13;
    }
  }

  private static final class Backend extends H2Backend {
    Backend(MVStore store) {
      super(store);
    }

    /** As MongoDB without any users does; the server itself knows no logins. */
    @Override
    public Document handleCommand(Channel channel, String database, String command, Document query) {
      if (command.equals("saslStart")) throw new MongoServerError(18, "AuthenticationFailed", "Authentication failed.");
      return super.handleCommand(channel, database, command, query);
    }

    @Override
    protected MongoDatabase openOrCreateDatabase(String name) {
      return new Database(name, getMvStore(), getCursorRegistry());
    }
  }

  private static final class Database extends H2Database {
    private final CursorRegistry cursors;

    Database(String name, MVStore store, CursorRegistry cursors) {
      super(name, store, cursors);
      this.cursors = cursors;
    }

    @Override
    protected MongoCollection<Object> openOrCreateCollection(String name, CollectionOptions options) {
      MongoCollection<Object> plain = super.openOrCreateCollection(name, options);
      return new Collection(this, name, options, mapOf(plain, "dataMap"), mapOf(plain, "metaMap"), cursors);
    }

    @SuppressWarnings("unchecked")
    private static <K, V> MVMap<K, V> mapOf(MongoCollection<Object> collection, String name) {
      try {
        Field field = H2Collection.class.getDeclaredField(name);
        field.setAccessible(true);
        return (MVMap<K, V>) field.get(collection);
      } catch (ReflectiveOperationException other) {
        throw new IllegalStateException("another version of mongo-java-server", other);
      }
    }
  }

  /** The server looks at every document where a filter holds more than the fields of an index; MongoDB seeks by the id first. */
  private static final class Collection extends H2Collection {
    Collection(
        MongoDatabase database, String name, CollectionOptions options, MVMap<Object, Document> data, MVMap<String, Object> meta,
        CursorRegistry cursors) {
      super(database, name, options, data, meta, cursors);
    }

    @Override
    protected QueryResult queryDocuments(
        Document query, Document orderBy, int skip, int limit, int batchSize, Document projection) {
      Object id = query.get("_id");
      if (query.size() > 1 && id != null) {
        Document byId = new Document("_id", id);
        for (Index<Object> index : getIndexes()) {
          if (!index.canHandle(byId)) continue;
          List<Object> found = new ArrayList<>();
          for (Object position : index.getPositions(byId)) {
            if (documentMatchesQuery(getDocument(position), query)) found.add(position);
          }
          return matchDocuments(query, found, orderBy, skip, limit, batchSize, projection);
        }
      }
      return super.queryDocuments(query, orderBy, skip, limit, batchSize, projection);
    }
  }
}
