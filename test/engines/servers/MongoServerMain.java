import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.MongoVersion;
import de.bwaldvogel.mongo.backend.h2.H2Backend;
import java.util.List;

/** Arguments: file, port. Ends, with everything written, when its standard input does. */
public final class MongoServerMain {
  public static void main(String[] arguments) throws Exception {
    H2Backend backend = new H2Backend(arguments[0]);
    backend.version(new FiveZero());
    MongoServer server = new MongoServer(backend);
    server.bind("127.0.0.1", Integer.parseInt(arguments[1]));
    // Also whoever kills this process finds what was there a moment before.
    Thread commits = new Thread(() -> {
      while (true) {
        backend.commit();
        try {
          Thread.sleep(50);
        } catch (InterruptedException ended) {
          return;
        }
      }
    });
    commits.setDaemon(true);
    commits.start();
    while (System.in.read() != -1) {}
    commits.interrupt();
    commits.join();
    server.shutdownNow();
    System.exit(0);
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
}
