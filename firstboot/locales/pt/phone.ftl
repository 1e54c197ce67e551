### No native speaker has read this yet. docs/languages.md says how to mend a text.
### What a screen says to people who would rather use their phone, in Portuguese.

phone-title = Configurar este computador, aqui ou com um telefone
phone-wifi = Com o telefone, ligue-se à rede Wi-Fi { $name }. A palavra-passe é { $key }.
phone-wifi-open = Com o telefone, ligue-se à rede Wi-Fi { $name }. Não precisa de palavra-passe.
phone-page = Se nenhuma página abrir por si, abra aí http://{ $address }/.
phone-soon = A rede Wi-Fi deste computador, para telefones, está prestes a começar.
phone-network = Telefones e computadores na mesma rede: abra http://{ $name }.local/ ou http://{ $address }/
phone-code = A página pede estes seis algarismos: { $code }
phone-here = Continuar aqui, neste ecrã
ready-alone = Este computador está pronto.
wifi-trial-title = A experimentar a rede Wi-Fi
wifi-trial-says = Demora até um minuto. Entretanto a rede Wi-Fi deste computador desaparece: ligue-se de novo a ela depois, e carregue esta página outra vez.
wifi-anyway = Para ficar assim, escreva o mesmo mais uma vez.
phone-theirs = No telefone, ligue um ponto de acesso com o nome { $name } e a palavra-passe { $key }. Este computador liga-se a ele por si.
phone-has-hotspot = O meu telefone tem o ponto de acesso
phone-own = Este computador volta a ter a rede Wi-Fi
phone-waiting = O endereço aparece então aqui. Enter: afinal sem o ponto de acesso de um telefone.
