/** Takes a topic's schema out of the registry again; a registry that will not is left as it is. */
export async function forgetSchema(registryUrl: string, topic: string): Promise<void> {
  const subject = encodeURIComponent(`${topic}-value`);
  await fetch(`${registryUrl.replace(/\/$/, '')}/subjects/${subject}`, { method: 'DELETE' }).catch(
    () => undefined,
  );
}
