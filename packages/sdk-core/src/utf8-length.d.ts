/** Bytes of `text` in UTF-8; a lone surrogate counts as the three bytes of U+FFFD. */
export declare function utf8Length(text: string): number;
