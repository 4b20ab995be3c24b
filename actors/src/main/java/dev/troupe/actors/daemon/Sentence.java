package dev.troupe.actors.daemon;

/** Puts together what an operator reads out of parts that were worded elsewhere. */
public final class Sentence {

    private Sentence() {}

    /**
     * What happened, and what follows from it: two sentences if the first ends as one, else one.
     *
     * @param what what happened, with or without a full stop
     * @param consequence what follows, beginning with a small letter and without a full stop
     */
    public static String followedBy(String what, String consequence) {
        if (!what.endsWith(".")) {
            return what + "; " + consequence;
        }
        return what + " " + Character.toUpperCase(consequence.charAt(0)) + consequence.substring(1);
    }
}
