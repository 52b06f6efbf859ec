import kafkajs, { type ICustomPartitioner } from 'kafkajs';

const { KafkaJSMetadataNotLoaded, Partitioners } = kafkajs;
/** The types leave out that it takes a message. */
const MetadataNotLoaded = KafkaJSMetadataNotLoaded as unknown as new (message: string) => Error;

/**
 * Every record has its partition. One that the client does not know is new, and its view of the
 * cluster old: kafkajs would leave such records out without a word, and look anew after five
 * minutes. For this error it looks at once, and tries again.
 */
export const knownPartitions: ICustomPartitioner = () => {
  const byDefault = Partitioners.DefaultPartitioner();
  return (of) => {
    const { partition } = of.message;
    if (partition === undefined) return byDefault(of);
    if (!of.partitionMetadata.some(({ partitionId }) => partitionId === partition)) {
      throw new MetadataNotLoaded(`partition ${partition} of ${of.topic} is not known`);
    }
    return partition;
  };
};
