/** For a JVM that runs for seconds or minutes. C2 would cost more time than it saves. */
export const SHORT_LIVED: readonly string[] = ['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];
