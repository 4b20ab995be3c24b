package dev.troupe.actors.vault;

import dev.troupe.transport.sys.Fd;

/** Keeps nothing: for a daemon that nobody stands behind. */
enum NoVault implements Vault {
    INSTANCE;

    @Override
    public void put(String name, Fd fd) {}

    @Override
    public void remove(String name) {}
}
