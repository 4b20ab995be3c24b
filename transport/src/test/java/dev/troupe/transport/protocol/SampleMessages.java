package dev.troupe.transport.protocol;

import dev.troupe.transport.protocol.FrontEndMessage.*;
import dev.troupe.transport.sys.EventFd;
import dev.troupe.transport.sys.Fd;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** One well-formed message of every kind, with random contents. */
final class SampleMessages {
    private final SplittableRandom random;

    SampleMessages(long seed) {
        random = new SplittableRandom(seed);
    }

    List<FrontEndMessage> oneOfEach() {
        return Stream.of(plain(), vrings(), others()).flatMap(List::stream).toList();
    }

    private List<FrontEndMessage> plain() {
        return List.of(
                new GetFeatures(),
                new SetOwner(),
                new ResetOwner(),
                new GetProtocolFeatures(),
                new GetQueueNum(),
                new PostcopyAdvise(),
                new PostcopyListen(),
                new PostcopyEnd(),
                new ResetDevice(),
                new GetMaxMemSlots(),
                new GetStatus(),
                new CheckDeviceState(),
                new GetShmemConfig());
    }

    private List<FrontEndMessage> vrings() {
        return List.of(
                new SetVringNum(index(), random.nextInt(MessageRules.MAX_VRING_SIZE + 1)),
                new SetVringAddr(index(), 1, word(), word(), word(), word()),
                new SetVringBase(index(), random.nextInt()),
                new GetVringBase(index()),
                new GetVringBaseSkipDrain(index()),
                new SetVringKick(random.nextInt(256), fds(1)),
                new SetVringCall(random.nextInt(256), fds(0)),
                new SetVringErr(random.nextInt(256), fds(1)),
                new SetVringEnable(index(), random.nextBoolean()),
                new SetVringEndian(index(), random.nextBoolean()),
                new VringKick(index()));
    }

    private List<FrontEndMessage> others() {
        int regions = random.nextInt(MessageRules.MAX_TABLE_REGIONS + 1);
        return List.of(
                new SetFeatures(word()),
                new SetMemTable(
                        IntStream.range(0, regions).mapToObj(i -> region()).toList(), fds(regions)),
                new SetLogBase(word(), word(), fds(1)),
                new SetLogFd(fds(1)),
                new SetProtocolFeatures(word()),
                new SendRarp(word()),
                new NetSetMtu(word()),
                new SetBackendReqFd(fds(1)),
                new IotlbMsg(new Iotlb(word(), word(), word(), random.nextInt(4), random.nextInt(5))),
                new GetConfig(random.nextInt(0x10000), 1 + random.nextInt(256), random.nextInt(2)),
                new SetConfig(random.nextInt(0x10000), random.nextInt(2), bytes(1 + random.nextInt(256))),
                new CreateCryptoSession(bytes(8 + random.nextInt(4089))),
                new CloseCryptoSession(word()),
                new GetInflightFd(inflight(), random.nextBoolean() ? 20 : 24),
                new SetInflightFd(inflight(), fds(1)),
                new GpuSetSocket(fds(1)),
                new AddMemReg(region(), fds(1)),
                new RemMemReg(region(), fds(random.nextInt(2))),
                new SetStatus(word()),
                new GetSharedObject(bytes(16)),
                new SetDeviceStateFd(random.nextInt(2), 0, fds(1)),
                new Unknown(46 + random.nextInt(10_000), bytes(random.nextInt(64)), fds(random.nextInt(3))));
    }

    List<BackEndMessage> oneOfEachOnTheBackChannel() {
        ShmemMapping mapping = new ShmemMapping(random.nextInt(256), word(), word(), word(), random.nextInt(2));
        return List.of(
                new BackEndMessage.IotlbMsg(new Iotlb(word(), word(), word(), 3, Iotlb.MISS)),
                new BackEndMessage.ConfigChange(),
                new BackEndMessage.VringHostNotifier(random.nextInt(256), word(), word(), fds(1)),
                new BackEndMessage.VringCall(index()),
                new BackEndMessage.VringErr(index()),
                new BackEndMessage.SharedObjectAdd(bytes(16)),
                new BackEndMessage.SharedObjectRemove(bytes(16)),
                new BackEndMessage.SharedObjectLookup(bytes(16)),
                new BackEndMessage.ShmemMap(mapping, fds(1)),
                new BackEndMessage.ShmemUnmap(mapping),
                new BackEndMessage.Unknown(4711, bytes(random.nextInt(64)), fds(1)));
    }

    Bytes bytes(int length) {
        byte[] content = new byte[length];
        random.nextBytes(content);
        return Bytes.of(content);
    }

    InflightRegion inflight() {
        return new InflightRegion(word(), word(), index(), index());
    }

    static PassedFds fds(int count) {
        return PassedFds.of(
                IntStream.range(0, count).mapToObj(i -> EventFd.create(true)).toArray(Fd[]::new));
    }

    private RegionDescription region() {
        return new RegionDescription(word(), word(), word(), word());
    }

    private int index() {
        return random.nextInt(0x10000);
    }

    long word() {
        return random.nextLong();
    }
}
