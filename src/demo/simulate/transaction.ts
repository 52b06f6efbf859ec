export const CATEGORIES = [
  'grocery',
  'fuel',
  'restaurant',
  'travel',
  'electronics',
  'fashion',
] as const;
export const AGE_BANDS = ['18-29', '30-44', '45-59', '60+'] as const;

/** A card transaction with what was known about its customer and its terminal when it happened. */
export interface Transaction {
  readonly transactionId: string;
  /** ms since the epoch. */
  readonly eventTime: number;
  readonly customerId: string;
  readonly terminalId: string;
  readonly amount: number;
  readonly merchant: {
    readonly name: string;
    readonly category: (typeof CATEGORIES)[number];
    readonly country: string;
  };
  readonly customer: { readonly ageBand: string };
  readonly features: Features;
}

export interface Features {
  readonly customerCount1d: number;
  readonly customerCount7d: number;
  readonly customerCount30d: number;
  readonly customerMeanAmount1d: number;
  readonly customerMeanAmount7d: number;
  readonly customerMeanAmount30d: number;
  readonly terminalCount1d: number;
  readonly terminalCount7d: number;
  readonly terminalCount30d: number;
  readonly terminalRisk1d: number | null;
  readonly terminalRisk7d: number | null;
  readonly terminalRisk30d: number | null;
}

const WINDOWS = [1, 7, 30];
const days = (window: number): string => (window === 1 ? 'day' : `${window} days`);

const featureFields = [
  ...WINDOWS.map((window) => ({
    name: `customerCount${window}d`,
    type: 'int',
    doc: `Transactions of the customer in the last ${days(window)}, this one included.`,
  })),
  ...WINDOWS.map((window) => ({
    name: `customerMeanAmount${window}d`,
    type: 'double',
    doc: `Mean amount of the customer's transactions in the last ${days(window)}, this one included.`,
  })),
  ...WINDOWS.map((window) => ({
    name: `terminalCount${window}d`,
    type: 'int',
    doc: `Transactions at the terminal in the ${days(window)} that ended 7 days ago.`,
  })),
  ...WINDOWS.map((window) => ({
    name: `terminalRisk${window}d`,
    type: ['null', 'double'],
    default: null,
    doc: `Share of frauds among those of terminalCount${window}d; null where there were none. Frauds are known after 7 days.`,
  })),
];

/** The Avro schema of the events. */
export const TRANSACTION_SCHEMA = {
  type: 'record',
  name: 'Transaction',
  namespace: 'cards',
  doc: 'A card transaction, with the features known when it happened.',
  fields: [
    { name: 'transactionId', type: 'string', doc: 'Unique.' },
    {
      name: 'eventTime',
      type: { type: 'long', logicalType: 'timestamp-millis' },
      doc: 'When it happened.',
    },
    { name: 'customerId', type: 'string', doc: 'The card holder; the key of the record.' },
    { name: 'terminalId', type: 'string', doc: 'Where the card was used.' },
    { name: 'amount', type: 'double', doc: 'In the currency of the country.' },
    {
      name: 'merchant',
      doc: 'Who runs the terminal.',
      type: {
        type: 'record',
        name: 'Merchant',
        fields: [
          { name: 'name', type: 'string', doc: 'As on the receipt.' },
          {
            name: 'category',
            type: { type: 'enum', name: 'Category', symbols: CATEGORIES },
            doc: 'Kind of trade.',
          },
          { name: 'country', type: 'string', doc: 'ISO 3166-1 alpha-2.' },
        ],
      },
    },
    {
      name: 'customer',
      doc: 'Who the card holder is.',
      type: {
        type: 'record',
        name: 'Customer',
        fields: [{ name: 'ageBand', type: 'string', doc: `One of ${AGE_BANDS.join(', ')}.` }],
      },
    },
    {
      name: 'features',
      doc: 'What was known about customer and terminal.',
      type: { type: 'record', name: 'Features', fields: featureFields },
    },
  ],
};
