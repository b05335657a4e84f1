// SPDX-License-Identifier: Apache-2.0
// The rules for accounts and passwords of groups (the API has them too, and decides), and passwords made here.

const KINDS = [/[A-Z]/, /[a-z]/, /[0-9]/, /[^A-Za-z0-9]/];

export function accountProblem(account: string): string {
  return /^\w{1,16}$/.test(account) ? '' : 'An account has 1 to 16 letters, digits or underscores.';
}

export function passwordProblem(password: string): string {
  const kinds = KINDS.filter((kind) => kind.test(password)).length;
  return password.length >= 8 && password.length <= 32 && kinds >= 2 ? '' : 'A password has 8 to 32 characters, of at least two kinds: upper case, lower case, digits, others.';
}

const LETTERS = 'ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789';

/** 24 characters that nobody can guess, without those that look alike; 2^139 of them. */
export function makePassword(random: (into: Uint8Array) => Uint8Array = (into) => crypto.getRandomValues(into)): string {
  for (;;) {
    let out = '';
    while (out.length < 24) {
      for (const byte of random(new Uint8Array(32))) {
        // The same chance for each letter.
        if (byte < LETTERS.length * 4 && out.length < 24) out += LETTERS[byte % LETTERS.length];
      }
    }
    if (!passwordProblem(out)) return out;
  }
}
