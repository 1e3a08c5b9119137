// Passkeys and security keys: a form that carries one asks the browser for it, then is sent with what it got.
//
// data-key            `create` for a new key, `get` for one that is known
// data-options        what the browser is asked for, as the server wrote it
// data-options-from   where to fetch that, at the moment it is needed

type CreationOptions = { publicKey: PublicKeyCredentialCreationOptionsJSON };
type RequestOptions = { publicKey: PublicKeyCredentialRequestOptionsJSON };

export function startKeys(): void {
  document.addEventListener("submit", (event) => {
    const form = (event.target as Element).closest<HTMLFormElement>("form[data-key]");
    if (!form) return;
    event.preventDefault();
    tell(form, false);
    void answer(form).then(
      (credential) => {
        form.querySelector<HTMLInputElement>("input[name=credential]")!.value = JSON.stringify(credential);
        form.submit();
      },
      () => tell(form, true),
    );
  });
}

async function answer(form: HTMLFormElement): Promise<object> {
  if (!window.PublicKeyCredential?.parseRequestOptionsFromJSON) throw new Error("no passkeys here");
  const asked: unknown = await options(form);
  const got =
    form.dataset.key === "create"
      ? await navigator.credentials.create({ publicKey: creation(form, asked as CreationOptions) })
      : await navigator.credentials.get({
          publicKey: PublicKeyCredential.parseRequestOptionsFromJSON((asked as RequestOptions).publicKey),
        });
  if (!got) throw new Error("no key");
  return (got as PublicKeyCredential).toJSON() as object;
}

async function options(form: HTMLFormElement): Promise<unknown> {
  const from = form.dataset.optionsFrom;
  if (!from) return JSON.parse(form.dataset.options ?? "");
  const { request_options } = await (await fetch(from, { headers: { Accept: "application/json" } })).json();
  return request_options;
}

// A passkey lives on the device and asks for a finger or a PIN; a plain second factor need not.
function creation(form: HTMLFormElement, asked: CreationOptions): PublicKeyCredentialCreationOptions {
  const alone = form.querySelector<HTMLInputElement>("input[name=passwordless]")?.checked ?? false;
  const publicKey = { ...asked.publicKey };
  publicKey.authenticatorSelection = {
    ...publicKey.authenticatorSelection,
    residentKey: alone ? "required" : "discouraged",
    requireResidentKey: alone,
    ...(alone ? { userVerification: "required" } : {}),
  };
  return PublicKeyCredential.parseCreationOptionsFromJSON(publicKey);
}

function tell(form: HTMLFormElement, isTrouble: boolean): void {
  const sentence = form.querySelector<HTMLElement>("[data-key-trouble]");
  if (!sentence) return;
  if (!window.PublicKeyCredential) sentence.textContent = sentence.dataset.unknown ?? "";
  sentence.hidden = !isTrouble;
}
