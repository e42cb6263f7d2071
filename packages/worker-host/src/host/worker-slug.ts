/** Letters without a decomposition to an ASCII letter, each followed by its transliteration; `_` means none. */
const SPELLED = new Map(
  (
    'æ ae ð d ø o þ th ß ss đ d ħ h ı i ł l ŋ ng œ oe ŧ t ' +
    'α a β b γ g δ d ε e ζ z η e θ th ι i κ k λ l μ m ν n ξ x ο o π p ρ r ς s σ s τ t υ u φ ph χ kh ψ ps ω o ' +
    'а a б b в v г g д d е e ж zh з z и i к k л l м m н n о o п p р r с s т t у u ф f х kh ц ts ч ch ш sh щ shch ъ _ ы y ь _ ' +
    'э e ю iu я ia є ie і i ґ g ђ dj ј j љ lj њ nj ћ tsh џ dzh × x ‘ _ ’ _'
  )
    .match(/\S+ \S+/g)
    ?.map((pair) => pair.replace('_', '').split(' ') as [string, string]),
);

/**
 * Converts a name for a resource id: ASCII, lower case, each sequence of other characters a single `-`, trimmed. Latin,
 * Greek and Cyrillic letters are transliterated as by Prefect; letters of other scripts are omitted.
 */
export function workerSlug(name: string): string {
  return name
    .replaceAll("'", '-')
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^\x20-\x7e]/gu, (letter) => SPELLED.get(letter) ?? (/[\p{P}\p{Sm}\p{Z}\p{Cc}]/u.test(letter) ? '-' : ''))
    .replace(/(?<=\d),(?=\d)/g, '')
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');
}
