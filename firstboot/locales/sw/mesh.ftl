### No native speaker has read this yet. docs/languages.md says how to mend a text.
### What people read of a community of computers, and of an invitation into one.

invitation-group = Kundi la { $group } la mwaliko halikuandikwa sawasawa.
invitation-end = Mwisho wa mwaliko haupo.
invitation-other = Ukiwa na mwaliko, chagua njia ya kwanza: zenyewe.
invitation-into = Mwaliko ni wa jumuiya ya “{ $community }”.
change-mesh-community = Kompyuta nyingine: { $how }, na kati yake za “{ $community }” tu
wireguard-label = Faili ya mtandao (WireGuard)
wireguard-help = Kama alivyokupa anayesimamia mtandao, bila mistari mitupu. Ina ufunguo wa siri wa kompyuta hii.
network-file-kept = Iache tupu ili kubaki na ile iliyotolewa.
wireguard-line = Mstari wa { $line }: ‘Jina = thamani’ inatarajiwa.
network-file-name = Mstari wa { $line }: { $name } haikubaliwi hapa.
network-file-value = Mstari wa { $line }: hii si thamani ya { $name }.
network-file-twice = Mstari wa { $line }: { $name } ipo tayari.
network-file-missing = { $name } haipo.
network-file-long = Faili ni ndefu mno.
radio-label = Kutana na redio za kompyuta nyingine bila kituo cha Wi-Fi katikati
radio-help = Redio ya Wi-Fi ya kompyuta hii itatumika kwa hilo tu. Si kila redio inaweza, na nyingine zilizo karibu lazima zifanye hivyo pia.
nebula-label = Faili za mtandao (Nebula)
nebula-help = Kama alivyokupa anayesimamia mtandao, moja baada ya nyingine na bila mistari mitupu: cheti chake, cheti na ufunguo wa kompyuta hii; kisha mstari ‘lighthouse ANWANI MWENYEJI:LANGO’ kwa kila mnara wa taa.
nebula-line = Mstari wa { $line }: sehemu inayoanza na ‘-----BEGIN’, ‘lighthouse ANWANI MWENYEJI:LANGO’ au ‘port NAMBA’ inatarajiwa.
nebula-foreign = Cheti cha kompyuta hii ni cha mtandao mwingine.
nebula-key = Ufunguo hauendani na cheti cha kompyuta hii.
nebula-ended = Cheti cha kompyuta hii kiliisha tarehe { $day }.
