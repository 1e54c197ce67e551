### No native speaker has read this yet. docs/languages.md says how to mend a text.
### What a screen says to people who would rather use their phone, in isiXhosa.

phone-title = Misela le khompyutha, apha okanye ngefowuni
phone-wifi = Ngefowuni yakho, joyina inethiwekhi ye-Wi-Fi { $name }. Iphasiwedi yayo: { $key }
phone-wifi-open = Ngefowuni yakho, joyina inethiwekhi ye-Wi-Fi { $name }. Ayifuni phasiwedi.
phone-page = Ukuba akuvuleki phepha, vula i-http://{ $address }/ kuyo.
phone-soon = Inethiwekhi ye-Wi-Fi yale khompyutha yeefowuni iza kuqala.
phone-network = Iifowuni neekhompyutha ezikule nethiwekhi: vula i-http://{ $name }.local/ okanye i-http://{ $address }/
phone-code = Iphepha licela la manani amathandathu: { $code }
phone-here = Qhubeka apha, kwesi skrini
ready-alone = Le khompyutha ilungile.
wifi-trial-title = Kuzanywa inethiwekhi ye-Wi-Fi
wifi-trial-says = Oku kuthatha umzuzu okanye ngaphantsi. Inethiwekhi ye-Wi-Fi yale khompyutha ayikho okwangoku: yijoyine kwakhona emva koko, uvule eli phepha kwakhona.
wifi-anyway = Ukuze ukugcine kunjalo, chwetheza okufanayo kwakhona.
phone-theirs = Kwifowuni yakho, vula i-hotspot enegama { $name } nephasiwedi { $key }. Le khompyutha iya kuyijoyina ngokwayo.
phone-has-hotspot = Ifowuni yam inayo i-hotspot
phone-own = Le khompyutha iphinde ibe nenethiwekhi ye-Wi-Fi
phone-waiting = Idilesi yayo iya kuvela apha. U-Enter: ngaphandle kwe-hotspot yefowuni.
