// Answers GET /N with N bytes of a pattern, POST with the SHA-256 of the body.
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.net.InetSocketAddress;
import java.security.MessageDigest;
import java.util.concurrent.Executors;

public class Server {
    static byte[] answer(HttpExchange asked) throws Exception {
        if (asked.getRequestMethod().equals("GET")) {
            int n = Integer.parseInt(asked.getRequestURI().getPath().substring(1));
            return "0123456789abcdef".repeat(n / 16 + 1).substring(0, n).getBytes();
        }
        StringBuilder text = new StringBuilder();
        byte[] body = asked.getRequestBody().readAllBytes();
        for (byte b : MessageDigest.getInstance("SHA-256").digest(body))
            text.append(String.format("%02x", b));
        return text.toString().getBytes();
    }

    public static void main(String[] arguments) throws Exception {
        HttpServer server = HttpServer.create(new InetSocketAddress(8080), 0);
        server.createContext("/", asked -> {
            try {
                byte[] body = answer(asked);
                asked.sendResponseHeaders(200, body.length == 0 ? -1 : body.length);
                asked.getResponseBody().write(body);
                asked.close();
            } catch (Exception problem) {
                asked.sendResponseHeaders(400, -1);
                asked.close();
            }
        });
        server.setExecutor(Executors.newFixedThreadPool(8));
        server.start();
    }
}
