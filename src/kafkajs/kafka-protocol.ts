import { inside } from './kafka-inside.ts';

/** kafkajs' encoder, as far as requests of our own need it. */
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

/** kafkajs' decoder, as far as answers to them need it. */
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

/** A compact array: its length and one more, 0 for none at all. */
export function each(decoder: Decoder, read: () => unknown): void {
  for (let left = decoder.readUVarInt() - 1; left > 0; left--) read();
}

export function skipTags(decoder: Decoder): void {
  for (let left = decoder.readUVarInt(); left > 0; left--) {
    decoder.readUVarInt();
    decoder.forward(decoder.readUVarInt());
  }
}
