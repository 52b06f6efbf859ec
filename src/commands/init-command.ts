import type { Command } from 'commander';

/** The options of `init`. */
export function initOptions(command: Command): Command {
  return command
    .description(
      'draft a model bundle and a configuration from an ONNX file and the schema of its events',
    )
    .requiredOption('--model <file>', 'the ONNX file')
    .option('--schema <file>', 'file with the Avro schema of the events')
    .option('--subject <name>', 'subject of the events in the schema registry, instead of --schema')
    .option(
      '--registry <url>',
      'schema registry; default: SCHEMA_REGISTRY_URL, or http://localhost:8081',
    )
    .option(
      '--name <name>',
      'name of the model, the group and the folder; default: the name of the file',
    )
    .option('--dir <folder>', 'folder in which models/ and config/ are written', '.')
    .option('--force', 'overwrite existing files');
}
