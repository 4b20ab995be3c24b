package dev.troupe.config;

import dev.troupe.actors.device.Option;
import java.util.Optional;

/**
 * The defaults of the options in one section of the {@code reference.conf} files.
 *
 * @param documentation what is known of every option
 * @param section the section, for example {@code troupe.types.blk}
 */
record DocumentedDefaults(Documentation documentation, String section) implements Section.Defaults {

    @Override
    public Optional<Object> of(Option<?> option) {
        return documentation.defaultOf(option, section);
    }

    @Override
    public Section.Defaults inEach(Option<?> option) {
        return new DocumentedDefaults(documentation, Documentation.eachOf(section, option));
    }
}
