### No native speaker has read this yet. docs/languages.md says how to mend a text.
### What people read of a community of computers, and of an invitation into one.

invitation-group = Kundi la { $group } la mwaliko halikuandikwa sawasawa.
invitation-end = Mwisho wa mwaliko haupo.
invitation-other = Ukiwa na mwaliko, chagua njia ya kwanza: zenyewe.
invitation-into = Mwaliko ni wa jumuiya ya “{ $community }”.
change-mesh-community = Kompyuta nyingine: { $how }, na kati yake za “{ $community }” tu
wireguard-label = Faili ya mtandao (WireGuard)
wireguard-help = Kama alivyokupa anayesimamia mtandao, bila mistari mitupu. Ina ufunguo wa siri wa kompyuta hii.
wireguard-kept = Iache tupu ili kubaki na ile iliyotolewa.
wireguard-line = Mstari wa { $line }: ‘Jina = thamani’ inatarajiwa.
wireguard-name = Mstari wa { $line }: { $name } haikubaliwi hapa.
wireguard-value = Mstari wa { $line }: hii si thamani ya { $name }.
wireguard-twice = Mstari wa { $line }: { $name } ipo tayari.
wireguard-missing = { $name } haipo.
wireguard-long = Faili ni ndefu mno.
radio-label = Kutana na redio za kompyuta nyingine bila kituo cha Wi-Fi katikati
radio-help = Redio ya Wi-Fi ya kompyuta hii itatumika kwa hilo tu. Si kila redio inaweza, na nyingine zilizo karibu lazima zifanye hivyo pia.
