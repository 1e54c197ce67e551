### No native speaker has read this yet. docs/languages.md says how to mend a text.
### What stands on the screen that shows how the computer is, in Sesotho.

status-addresses = Diaterese tsa yona: { $addresses }
status-code = Tobetsa Enter bakeng sa khoutu eo motho ya o thusang a ka e balang skrineng sena. Ha e na mabitso a batho, diphasewete kapa diaterese.
status-back = Ke ya motho ya o thusang. Tobetsa Enter ho kgutlela morao.
status-failing = Disiki ya khomphutha ena e re e se e tla senyeha: kopitsa se ho yona, o e fetole.
