import kafkajs, { type ICustomPartitioner } from 'kafkajs';

const { KafkaJSMetadataNotLoaded, Partitioners } = kafkajs;
/** The types do not say that it takes a message. */
const MetadataNotLoaded = KafkaJSMetadataNotLoaded as unknown as new (message: string) => Error;

/**
 * Every record has its partition. If the client does not know the partition, the partition is new
 * and the metadata of the client is old. kafkajs would silently drop such records, and refresh its
 * metadata after five minutes. After this error it refreshes them at once and retries.
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
