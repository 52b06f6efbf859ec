import { inside } from './kafka-inside.ts';

/** The encoder of kafkajs, with the functions that our own requests need. */
export interface Encoder {
  writeBoolean(value: boolean): Encoder;
  writeBuffer(value: Buffer): Encoder;
  writeInt16(value: number): Encoder;
  writeInt32(value: number): Encoder;
  writeInt64(value: number | string): Encoder;
  writeString(value: string): Encoder;
  writeUVarInt(value: number): Encoder;
  writeUVarIntString(value: string): Encoder;
}

/** The decoder of kafkajs, with the functions that their answers need. */
export interface Decoder {
  readInt8(): number;
  readInt16(): number;
  readInt32(): number;
  readInt64(): { toString(): string };
  readString(): string | null;
  readBytes(length?: number): Buffer;
  readUVarInt(): number;
  readUVarIntString(): string | null;
  forward(bytes: number): void;
}

export function newEncoder(): Encoder {
  return new (inside<new () => Encoder>('protocol/encoder'))();
}

export function newDecoder(bytes: Buffer): Decoder {
  return new (inside<new (bytes: Buffer) => Decoder>('protocol/decoder'))(bytes);
}

/** A compact array: its length plus one, 0 for none. */
export function each(decoder: Decoder, read: () => unknown): void {
  for (let left = decoder.readUVarInt() - 1; left > 0; left--) read();
}

export function skipTags(decoder: Decoder): void {
  for (let left = decoder.readUVarInt(); left > 0; left--) {
    decoder.readUVarInt();
    decoder.forward(decoder.readUVarInt());
  }
}

interface KafkajsErrors {
  createErrorFromCode(code: number): Error;
}

/** The error of kafkajs for a code of the protocol. */
export function errorOf(code: number): Error {
  return inside<KafkajsErrors>('protocol/error').createErrorFromCode(code);
}
