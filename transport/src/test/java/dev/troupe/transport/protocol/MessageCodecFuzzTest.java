package dev.troupe.transport.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.ByteBuffer;

/** Any bytes: each is refused by a {@link ProtocolException} or understood, and what is understood can be written again. */
class MessageCodecFuzzTest {
    @FuzzTest
    void shouldRefuseOrUnderstandAnyRequest(FuzzedDataProvider data) {
        Frame frame = anyFrame(data);
        try (FrontEndMessage message = RequestCodec.decode(frame)) {
            Frame again = RequestCodec.encode(message, frame.header().needsReply());
            assertThat(RequestCodec.decode(again)).isEqualTo(message);
        } catch (ProtocolException refused) {
            assertThat(refused.violation()).isNotNull();
            assertThat(frame.fds().peek()).isEmpty();
        }
    }

    @FuzzTest
    void shouldRefuseOrUnderstandAnyBackChannelRequest(FuzzedDataProvider data) {
        Frame frame = anyFrame(data);
        try (BackEndMessage message = BackChannelCodec.decode(frame)) {
            Frame again = BackChannelCodec.encode(message, frame.header().needsReply());
            assertThat(BackChannelCodec.decode(again)).isEqualTo(message);
        } catch (ProtocolException refused) {
            assertThat(refused.violation()).isNotNull();
        }
    }

    @FuzzTest
    void shouldRefuseOrUnderstandAnyReply(FuzzedDataProvider data) {
        int request = data.consumeInt(0, 46);
        Frame frame = anyFrame(data);
        try (BackEndReply reply = ReplyCodec.decode(frame, request)) {
            assertThat(reply).isNotNull();
        } catch (ProtocolException refused) {
            assertThat(refused.violation()).isNotNull();
        }
    }

    private static Frame anyFrame(FuzzedDataProvider data) {
        int request = data.consumeInt(-1, 47);
        int flags = data.consumeBoolean() ? 1 : data.consumeInt(0, 31);
        PassedFds fds = SampleMessages.fds(data.consumeInt(0, 9));
        int size = data.consumeInt(-1, 5000);
        byte[] payload = data.consumeRemainingAsBytes();
        boolean honest = size < 0 || (size & 7) != 0;
        return new Frame(new Header(request, flags, honest ? payload.length : size), ByteBuffer.wrap(payload), fds);
    }
}
