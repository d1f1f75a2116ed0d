import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Arguments: folder, port, port of the controller. One broker in combined KRaft mode; ends when its standard input does. */
public final class KafkaServerMain {
  public static void main(String[] arguments) throws Exception {
    Path folder = Path.of(arguments[0]);
    String port = arguments[1];
    String controller = arguments[2];
    Path properties = folder.resolve("server.properties");
    Files.write(properties, List.of(
        "process.roles=broker,controller",
        "node.id=1",
        "listeners=PLAINTEXT://127.0.0.1:" + port + ",CONTROLLER://127.0.0.1:" + controller,
        "advertised.listeners=PLAINTEXT://127.0.0.1:" + port,
        "controller.listener.names=CONTROLLER",
        "listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "controller.quorum.voters=1@127.0.0.1:" + controller,
        "log.dirs=" + folder.resolve("logs"),
        "offsets.topic.replication.factor=1",
        "offsets.topic.num.partitions=4",
        "transaction.state.log.replication.factor=1",
        "transaction.state.log.min.isr=1",
        "transaction.state.log.num.partitions=4",
        "share.coordinator.state.topic.replication.factor=1",
        "share.coordinator.state.topic.min.isr=1",
        "group.initial.rebalance.delay.ms=0",
        "auto.create.topics.enable=false",
        "log.cleaner.dedupe.buffer.size=4194304"));
    if (!Files.exists(folder.resolve("logs").resolve("meta.properties"))) {
      String[] format = {"format", "--cluster-id", "5L6g3nShT-eMCtK--X86sw", "--config", properties.toString()};
      int code = kafka.tools.StorageTool.execute(format, System.out);
      if (code != 0) System.exit(code);
    }
    Thread ending = new Thread(() -> {
      try {
        while (System.in.read() != -1) {}
      } catch (java.io.IOException closed) {
        // The same as the end of the input.
      }
      System.exit(0);
    });
    ending.setDaemon(true);
    ending.start();
    kafka.Kafka.main(new String[] {properties.toString()});
  }
}
