package org.landfall.opensearch;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.opensearch.Version;
import org.opensearch.common.settings.Settings;
import org.opensearch.env.Environment;
import org.opensearch.node.InternalSettingsPreparer;
import org.opensearch.node.Node;
import org.opensearch.plugins.PluginInfo;

/** Runs one OpenSearch node whose modules are on the class path, as the libraries bring them. */
public final class Server extends Node {

    private static final List<String> MODULES = List.of(
            "org.opensearch.analysis.common.CommonAnalysisModulePlugin",
            "org.opensearch.index.mapper.MapperExtrasModulePlugin",
            "org.opensearch.index.reindex.ReindexModulePlugin",
            "org.opensearch.ingest.common.IngestCommonModulePlugin",
            "org.opensearch.join.ParentJoinModulePlugin",
            "org.opensearch.painless.PainlessModulePlugin",
            "org.opensearch.percolator.PercolatorModulePlugin",
            "org.opensearch.script.expression.ExpressionModulePlugin",
            "org.opensearch.script.mustache.MustacheModulePlugin",
            "org.opensearch.search.aggregations.matrix.MatrixAggregationModulePlugin",
            "org.opensearch.transport.Netty4ModulePlugin");

    private Server(Environment environment) {
        super(environment, MODULES.stream().map(Server::module).toList(), false);
    }

    private static PluginInfo module(String type) {
        String java = Integer.toString(Runtime.version().feature());
        return new PluginInfo(type, "module", "NA", Version.CURRENT, java, type, List.of(), false);
    }

    /** Start a node: its home, and the folder of its {@code opensearch.yml}. */
    public static void main(String[] arguments) throws Exception {
        Settings home = Settings.builder().put("path.home", arguments[0]).build();
        Path configuration = Path.of(arguments[1]);
        Environment environment = InternalSettingsPreparer.prepareEnvironment(
                home, Map.of(), configuration, () -> System.getenv("HOSTNAME"));
        Node node = new Server(environment);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> close(node)));
        node.start();
        Thread.currentThread().join();
    }

    private static void close(Node node) {
        try {
            node.close();
        } catch (java.io.IOException error) {
            System.err.println("the node did not close: " + error);
        }
    }
}
