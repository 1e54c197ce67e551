### No native speaker has read this yet. docs/languages.md says how to mend a text.
### What a screen says to people who would rather use their phone, in Kiswahili.

phone-title = Sanidi kompyuta hii, hapa au kwa simu
phone-wifi = Kwa simu yako, jiunge na mtandao wa Wi-Fi { $name }. Nenosiri lake ni { $key }.
phone-wifi-open = Kwa simu yako, jiunge na mtandao wa Wi-Fi { $name }. Hauhitaji nenosiri.
phone-page = Ikiwa hakuna ukurasa unaofunguka wenyewe, fungua http://{ $address }/ hapo.
phone-soon = Mtandao wa Wi-Fi wa kompyuta hii kwa ajili ya simu unakaribia kuanza.
phone-network = Simu na kompyuta zilizo kwenye mtandao huu: fungua http://{ $name }.local/ au http://{ $address }/
phone-code = Ukurasa unaomba tarakimu hizi sita: { $code }
phone-here = Endelea hapa, kwenye skrini hii
ready-alone = Kompyuta hii iko tayari.
wifi-trial-title = Mtandao wa Wi-Fi unajaribiwa
wifi-trial-says = Hii inachukua hadi dakika moja. Mtandao wa Wi-Fi wa kompyuta hii haupo kwa sasa: jiunge nao tena baadaye, kisha fungua ukurasa huu tena.
wifi-anyway = Ili kuuacha ulivyo, andika vilevile tena.
phone-theirs = Kwenye simu yako, washa hotspot yenye jina { $name } na nenosiri { $key }. Kompyuta hii itajiunga nayo yenyewe.
phone-has-hotspot = Simu yangu ina hotspot
phone-own = Kompyuta hii iwe na mtandao wa Wi-Fi tena
phone-waiting = Anwani yake itaonyeshwa hapa. Enter: bila hotspot ya simu.
