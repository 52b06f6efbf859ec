type Json = Record<string, unknown>;

/** The type and the default of a field that may be null. */
export const nullable = (type: unknown): Json => ({ type: ['null', type], default: null });

/** ms since the epoch. */
export const TIME = { type: 'long', logicalType: 'timestamp-millis' };
