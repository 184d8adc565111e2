import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.math.BigDecimal;
import java.net.URI;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.awscore.AwsResponse;
import software.amazon.awssdk.core.SdkField;
import software.amazon.awssdk.core.SdkPojo;
import software.amazon.awssdk.core.protocol.MarshallingType;
import software.amazon.awssdk.core.traits.ListTrait;
import software.amazon.awssdk.core.traits.MapTrait;
import software.amazon.awssdk.core.util.DefaultSdkAutoConstructList;
import software.amazon.awssdk.core.util.SdkAutoConstructList;
import software.amazon.awssdk.core.util.SdkAutoConstructMap;
import software.amazon.awssdk.protocols.jsoncore.JsonNode;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.xray.XRayClient;
import software.amazon.awssdk.services.xray.model.XRayException;
import software.amazon.awssdk.services.xray.model.XRayRequest;
import software.amazon.awssdk.services.xray.model.XRayResponse;
import software.amazon.awssdk.utils.builder.SdkBuilder;

/** Makes the calls of the standard input with AWS's SDK for Java; see ../README.md. */
public final class Client {
    private final XRayClient client;

    private Client(String endpoint) {
        client = XRayClient.builder()
            .endpointOverride(URI.create(endpoint))
            .region(Region.EU_WEST_1)
            .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create("none", "none")))
            .overrideConfiguration(configuration -> configuration.retryStrategy(retries -> retries.maxAttempts(1)))
            .build();
    }

    public static void main(String[] arguments) throws Exception {
        Client client = new Client(arguments[0]);
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, "UTF-8"));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            Map<String, JsonNode> call = JsonNode.parser().parse(line).asObject();
            System.out.println(Json.write(client.answer(call.get("operation").text(), call.get("input"))));
        }
    }

    private Map<String, Object> answer(String operation, JsonNode input) throws Exception {
        Class<?> kind = Class.forName("software.amazon.awssdk.services.xray.model." + operation + "Request");
        Object request = built((SdkPojo) kind.getMethod("builder").invoke(null), input);
        String method = Character.toLowerCase(operation.charAt(0)) + operation.substring(1);
        Map<String, Object> answer = new LinkedHashMap<>();
        try {
            XRayResponse response = (XRayResponse) XRayClient.class.getMethod(method, kind).invoke(client, request);
            answer.put("requestId", response.responseMetadata().requestId());
            answer.put("output", plain(response));
        } catch (java.lang.reflect.InvocationTargetException failure) {
            if (!(failure.getCause() instanceof XRayException)) {
                throw failure;
            }
            XRayException error = (XRayException) failure.getCause();
            answer.put("error", error.awsErrorDetails().errorCode());
            answer.put("message", error.awsErrorDetails().errorMessage());
            answer.put("status", error.statusCode());
            answer.put("requestId", error.requestId());
        }
        return answer;
    }

    /** Fills a builder by the names that its members have in the API. */
    private static Object built(SdkPojo builder, JsonNode value) {
        Map<String, JsonNode> members = value.asObject();
        for (SdkField<?> field : builder.sdkFields()) {
            JsonNode member = members.get(field.locationName());
            if (member != null) {
                field.set(builder, typed(field, member));
            }
        }
        return ((SdkBuilder<?, ?>) builder).build();
    }

    private static Object typed(SdkField<?> field, JsonNode value) {
        MarshallingType<?> type = field.marshallingType();
        if (type == MarshallingType.SDK_POJO) {
            return built(field.constructor().get(), value);
        } else if (type == MarshallingType.LIST) {
            SdkField<?> member = field.getTrait(ListTrait.class).memberFieldInfo();
            List<Object> values = new ArrayList<>();
            value.asArray().forEach(inner -> values.add(typed(member, inner)));
            return values;
        } else if (type == MarshallingType.MAP) {
            SdkField<?> member = field.getTrait(MapTrait.class).valueFieldInfo();
            Map<String, Object> values = new HashMap<>();
            value.asObject().forEach((key, inner) -> values.put(key, typed(member, inner)));
            return values;
        } else if (type == MarshallingType.STRING) {
            return value.text();
        } else if (type == MarshallingType.BOOLEAN) {
            return value.asBoolean();
        }
        BigDecimal number = new BigDecimal(value.asNumber());
        if (type == MarshallingType.INTEGER) {
            return number.intValueExact();
        } else if (type == MarshallingType.DOUBLE) {
            return number.doubleValue();
        } else if (type == MarshallingType.INSTANT) {
            return Instant.ofEpochMilli(number.multiply(BigDecimal.valueOf(1000)).longValue());
        }
        throw new IllegalArgumentException("no request has a member of type " + type);
    }

    /** Returns a value of the SDK as JSON has it; what is absent is left out. */
    private static Object plain(Object value) {
        if (value instanceof SdkAutoConstructList || value instanceof SdkAutoConstructMap) {
            return null;
        } else if (value instanceof SdkPojo) {
            Map<String, Object> members = new LinkedHashMap<>();
            for (SdkField<?> field : ((SdkPojo) value).sdkFields()) {
                Object member = plain(field.getValueOrDefault(value));
                if (member != null) {
                    members.put(field.locationName(), member);
                }
            }
            return members;
        } else if (value instanceof List) {
            List<Object> values = new ArrayList<>();
            ((List<?>) value).forEach(inner -> values.add(plain(inner)));
            return values;
        } else if (value instanceof Map) {
            Map<String, Object> members = new LinkedHashMap<>();
            ((Map<?, ?>) value).forEach((key, inner) -> members.put((String) key, plain(inner)));
            return members;
        } else if (value instanceof Instant) {
            Instant at = (Instant) value;
            return BigDecimal.valueOf(at.getEpochSecond()).add(BigDecimal.valueOf(at.getNano(), 9));
        }
        return value;
    }

    /** Writing JSON, which the SDK's own core only does for itself. */
    private static final class Json {
        static String write(Object value) {
            StringBuilder out = new StringBuilder();
            write(value, out);
            return out.toString();
        }

        private static void write(Object value, StringBuilder out) {
            if (value instanceof Map) {
                String separator = "{";
                for (Map.Entry<?, ?> member : ((Map<?, ?>) value).entrySet()) {
                    out.append(separator);
                    text((String) member.getKey(), out);
                    out.append(':');
                    write(member.getValue(), out);
                    separator = ",";
                }
                out.append(separator.equals("{") ? "{}" : "}");
            } else if (value instanceof List) {
                String separator = "[";
                for (Object inner : (List<?>) value) {
                    out.append(separator);
                    write(inner, out);
                    separator = ",";
                }
                out.append(separator.equals("[") ? "[]" : "]");
            } else if (value instanceof String) {
                text((String) value, out);
            } else {
                out.append(value);
            }
        }

        private static void text(String text, StringBuilder out) {
            out.append('"');
            for (char letter : text.toCharArray()) {
                if (letter == '"' || letter == '\\' || letter < ' ') {
                    out.append(String.format("\\u%04x", (int) letter));
                } else {
                    out.append(letter);
                }
            }
            out.append('"');
        }
    }
}
