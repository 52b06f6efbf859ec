/**
 * Words in labels of the class that a scorer usually does not look for, and of the class that it
 * looks for.
 */
const HARMLESS = new Set(
  'legit legitimate legal licit no n not non none negative neg good goods normal norm false f off ok okay benign genuine clean safe ham healthy honest valid authentic trusted approve approved accept accepted allow allowed pass passed paid repaid stay stayed stays retain retained active background inlier regular ordinary harmless low unlikely granted grant verified real human kept keep fine success successful successes won licit settled survived alive renewed undisputed current timely nein nicht keine gut non nonfraud nofraud notfraud unfraud'.split(
    ' ',
  ),
);
const ASKED = new Set(
  'fraud fraudulent illicit illegal yes y positive pos bad abnormal anomaly anomalous true t on malicious attack spam churn churned default defaulted suspicious unsafe sick reject rejected decline declined block blocked fail failed failure risk risky high likely leave left scam phishing malware bot outlier alert alarm incident criminal stolen chargeback denied deny refused refuse fake suspect suspected unauthorized unauthorised unverified compromised infected hacked laundering illegitimate illegit fraudster abuse abusive toxic delinquent delinquency overdue late unpaid dispute disputed cancelled canceled cancel lost loss error errors died dead exited exit defective faulty broken malignant betrug ja schlecht'.split(
    ' ',
  ),
);

/**
 * The question about the score of a model with two classes, if nobody has chosen one and the second
 * class, which is the default, looks like the harmless one: converters sort labels, so `fraud`
 * comes before `legit`.
 */
export function classQuestion(
  names: readonly string[],
  column: number,
  output: string,
): string | undefined {
  const [chosen, other] = [names[column], names[1 - column]];
  if (
    names.length !== 2 ||
    chosen === undefined ||
    other === undefined ||
    !isDoubtful(chosen, other)
  )
    return undefined;
  return `is the score meant to be the probability of ${quoted(chosen)}? It is ${output}[:,${column}], the last of the classes ${names.map(quoted).join(' and ')}. For the other class, write outputs: { score: { class: ${yamlText(other)} } } in model.yaml. To keep this one, write outputs: { score: { class: ${yamlText(chosen)} } }`;
}

/** The same if the model returns the probability of one class only. */
export function oneColumnQuestion(
  chosen: string,
  other: string,
  output: string,
): string | undefined {
  if (!isDoubtful(chosen, other)) return undefined;
  return `is the score meant to be the probability of ${quoted(chosen)}? It is ${output}[:,0], the only column. To use the probability of ${quoted(other)}, export the model with both columns. To keep the score, write outputs: { score: { class: ${yamlText(chosen)} } } in model.yaml`;
}

/** The question if the model does not say which class its only column belongs to. */
export function unknownClassQuestion(names: readonly string[], output: string): string {
  return `which class is the score the probability of? ${output} has one column. The model names the classes ${names.map(quoted).join(' and ')}, but does not say which one the column belongs to. It is usually the last: then write outputs: { score: { class: ${yamlText(names[1]!)} } } in model.yaml. Otherwise write outputs: { score: { column: 0 } }`;
}

/** The question if the model returns a string label, and the class of each column is not known. */
export function unreadLabelQuestion(label: string, output: string, column: number): string {
  return `which class is the score the probability of? The score is ${output}[:,${column}]. The model also returns a string label, ${label}, but the program could not read from the model which label belongs to which column. Compare the score of some events with their label. To keep the score, write outputs: { score: { column: ${column} } } in model.yaml`;
}

function isDoubtful(chosen: string, other: string): boolean {
  return readsHarmless(chosen) || (readsAsked(other) && !readsAsked(chosen));
}

/** A label for people: strings in quotes, numbers without. */
export function quoted(name: string): string {
  return isNumber(name) ? name : JSON.stringify(name);
}

export function yamlText(name: string): string {
  return /^[A-Za-z][\w-]*$/.test(name) && !/^(y|n|yes|no|true|false|on|off|null)$/i.test(name)
    ? name
    : quoted(name);
}

function isNumber(name: string): boolean {
  return /^-?\d+(\.\d+)?$/.test(name);
}

function readsHarmless(name: string): boolean {
  return isNumber(name) ? Number(name) <= 0 : wordsOf(name).some((word) => HARMLESS.has(word));
}

function readsAsked(name: string): boolean {
  if (isNumber(name)) return Number(name) > 0;
  return !readsHarmless(name) && wordsOf(name).some((word) => ASKED.has(word));
}

/** `isLegit`, `non-fraud`, `CLASS_OK` in their words. */
function wordsOf(name: string): string[] {
  return name
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^\p{L}]+/u)
    .filter((word) => word !== '');
}
