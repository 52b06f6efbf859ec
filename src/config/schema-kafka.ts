import { z } from 'zod';
import { httpUrl, secret, text } from './schema-values.ts';

/** How to reach the brokers and authenticate to them. */

const HOST_AND_PORT = /^(\[[0-9a-fA-F:.]+\]|[^\s:/[\]]+):\d{1,5}$/;

/** Commas separate brokers too, so that one environment variable can name them all. */
const brokers = z
  .union([z.string(), z.array(z.string())])
  .transform((entries) =>
    [entries]
      .flat()
      .flatMap((entry) => entry.split(','))
      .map((entry) => entry.trim())
      .filter((entry) => entry !== ''),
  )
  .superRefine((list, context) => {
    if (list.length === 0)
      context.addIssue({ code: 'custom', message: 'needs at least one broker, as host:port' });
    if (!list.every((broker) => HOST_AND_PORT.test(broker)))
      context.addIssue({
        code: 'custom',
        message: 'must be host:port, without a protocol before it',
      });
  })
  .describe(
    'Brokers for the first connection, each as host:port. One string may have several, separated by commas.',
  );

const tlsFiles = z
  .strictObject({
    caFile: text
      .exactOptional()
      .describe('PEM file of the certificate authorities to trust instead of the default ones.'),
    certFile: text.exactOptional().describe('PEM file of the client certificate (mutual TLS).'),
    keyFile: text.exactOptional().describe('PEM file of the key of certFile.'),
  })
  .refine(
    (tls) => Object.keys(tls).length > 0,
    'is empty; write tls: true to trust the default certificate authorities',
  )
  .refine(
    (tls) => (tls.certFile === undefined) === (tls.keyFile === undefined),
    'needs certFile and keyFile together',
  );

const tls = z
  .union([z.boolean(), tlsFiles])
  .exactOptional()
  .describe('TLS to the brokers: true, or the files to use. Default: no TLS.');

const username = text.describe('SASL user name.');
const password = secret('SASL password.');
const mechanism = 'SASL mechanism: plain, scram-sha-256, scram-sha-512, oauthbearer or aws.';

const oauthbearer = z
  .strictObject({
    mechanism: z.literal('oauthbearer').describe(mechanism),
    token: secret('A bearer token that does not expire while the service runs.').exactOptional(),
    tokenEndpoint: httpUrl
      .exactOptional()
      .describe('URL where tokens are fetched with the client credentials grant.'),
    clientId: text.exactOptional().describe('Client id for the token endpoint.'),
    clientSecret: secret('Secret of clientId.').exactOptional(),
    scope: text.exactOptional().describe('Scope to ask for, if the endpoint needs one.'),
  })
  .refine(({ token, tokenEndpoint, clientId, clientSecret }) => {
    const fetched = [tokenEndpoint, clientId, clientSecret].filter(
      (value) => value !== undefined,
    ).length;
    return token === undefined ? fetched === 3 : fetched === 0;
  }, 'needs either token, or tokenEndpoint with clientId and clientSecret');

const sasl = z
  .discriminatedUnion('mechanism', [
    z.strictObject({
      mechanism: z.enum(['plain', 'scram-sha-256', 'scram-sha-512']).describe(mechanism),
      username,
      password,
    }),
    oauthbearer,
    z.strictObject({
      mechanism: z.literal('aws').describe(mechanism),
      authorizationIdentity: text.describe('The aws:userid of the user or role.'),
      accessKeyId: text.describe('Id of the access key.'),
      secretAccessKey: secret('The access key itself.'),
      sessionToken: secret('Session token of temporary credentials.').exactOptional(),
    }),
  ])
  .exactOptional()
  .describe('How the service authenticates itself to the brokers. Default: not at all.');

export const kafka = z
  .strictObject({ brokers, tls, sasl })
  .describe('The Kafka cluster of input, output and dead letters.');
