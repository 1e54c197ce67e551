### No native speaker has read this yet. docs/languages.md says how to mend a text.
### What a screen says to people who would rather use their phone, in Sesotho.

phone-title = Lokisa khomphutha ena, mona kapa ka founo
phone-wifi = Ka founo ya hao, kena netwekeng ya Wi-Fi ya { $name }. Phasewete ya yona: { $key }
phone-wifi-open = Ka founo ya hao, kena netwekeng ya Wi-Fi ya { $name }. Ha e hloke phasewete.
phone-page = Haeba ho sa bulehe leqephe, bula http://{ $address }/ ho yona.
phone-soon = Netweke ya Wi-Fi ya khomphutha ena ya difouno e tla qala haufinyane.
phone-network = Difouno le dikhomphutha tsa netweke ena: bula http://{ $name }.local/ kapa http://{ $address }/
phone-code = Leqephe le kopa dinomoro tsena tse tsheletseng: { $code }
phone-here = Tswela pele mona, sekirining sena
ready-alone = Khomphutha ena e lokile.
wifi-trial-title = Netweke ya Wi-Fi e a lekwa
wifi-trial-says = Sena se nka motsotso kapa ka tlase. Netweke ya Wi-Fi ya khomphutha ena ha e yo jwale: kena ho yona hape ka mora moo, o bule leqephe lena hape.
wifi-anyway = Ho e boloka e le jwalo, ngola se tshwanang hape.
phone-theirs = Founong ya hao, bula hotspot e nang le lebitso la { $name } le phasewete { $key }. Khomphutha ena e tla e kena ka boyona.
phone-has-hotspot = Founo ya ka e na le hotspot
phone-own = Khomphutha ena e be le netweke ya Wi-Fi hape
phone-waiting = Aterese ya yona e tla bontshwa mona. Enter: ntle le hotspot ya founo.
