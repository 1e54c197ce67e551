### No native speaker has read this yet. docs/languages.md says how to mend a text.
### What stands on the screen where a computer is erased, in Sesotho.

reset-title = Hlakola khomphutha ena
reset-says = Tsohle tseo batho ba di kentseng khomphutheng ena di tla ya ka ho sa feleng, mme ha ho ya ka di kgutlisang: ka senotlolo kapa ka polelwana ya lekunutu. Sisteme e a sala, mme e kopa ho lokiswa botjha. Tobetsa Alt le F1 ho tlohela tsohle di le jwalo.
reset-how = Haeba o batla seo, ngola lebitso la khomphutha ena: { $name }
reset-doing = E a hlakolwa. Khomphutha ena e tla iqalella hape.
here-title = Khiborotong ya khomphutha ena
here-says = Tobetsa Alt le F1 ho tlohela tsohle jwalo ka ha di le jwalo.
renew-title = Phasewete e ntjha ya { $name }
renew-says = Ya nang le senotlolo sa pholoso sa khomphutha ena, kapa polelwana ya yona ya sephiri, a ka kgetha phasewete e ntjha. Ya pele e a fela. O se ke wa ngola letho ho kgutlela morao.
renew-done = Phasewete e ntjha e sebetsa ho tloha jwale. Tobetsa konopo.
