package dev.troupe.runtime.service;

import java.lang.reflect.Constructor;
import java.lang.reflect.Proxy;

/**
 * Signals that mean something else than an end. The platform has no other way to hear of them than a class of the module
 * {@code jdk.unsupported}, which the compiler warns of however it is asked not to; so it is called by its name.
 */
public final class Signals {

    private Signals() {}

    /**
     * Runs something, on a thread of its own, whenever a signal comes; what the signal did before, it does no more.
     *
     * @param name without {@code SIG}, for example {@code HUP}
     * @param action what to run
     * @return false if this Java does not allow it (for example with {@code -Xrs})
     */
    public static boolean on(String name, Runnable action) {
        try {
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> handler = Class.forName("sun.misc.SignalHandler");
            Constructor<?> named = signal.getConstructor(String.class);
            Object proxy = Proxy.newProxyInstance(
                    handler.getClassLoader(), new Class<?>[] {handler}, (self, method, arguments) -> {
                        if (method.getName().equals("handle")) {
                            action.run();
                        }
                        return null;
                    });
            signal.getMethod("handle", signal, handler).invoke(null, named.newInstance(name), proxy);
            return true;
        } catch (ReflectiveOperationException e) {
            return false;
        }
    }
}
