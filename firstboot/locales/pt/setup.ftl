### No native speaker has read this yet. docs/languages.md says how to mend a text.
### What people read while they set up a node, in Portuguese as it is written in Portugal, for Mozambique and Angola too. Short words and short sentences.

## Everywhere

next = Seguinte
back = Voltar
not-answered = É preciso responder.
step = Passo { $number } de { $of }
somebody-else = Outra pessoa está a configurar este computador agora: { $who }. Pode continuar quando lá não se escrever nada durante dois minutos.
answered-meanwhile = Entretanto, isto foi respondido noutro lugar.
take-over = Continuar antes aqui
who-screen = no ecrã dele
who-phone = num telefone ou noutro computador
who-file = por um ficheiro de respostas
file-bad = O ficheiro ilanga.toml neste disco: { $why }

## Who may

claim-title = De quem é este computador?
claim-screen = Escreva os seis algarismos que estão no ecrã deste computador.
claim-other = Este computador está a ser configurado noutro telefone ou computador. A página aberta lá mostra seis algarismos: escreva-os aqui.
claim-label = Seis algarismos
claim-wrong = Estes não são os algarismos certos.
claim-closed = Ninguém começou na primeira meia hora. Desligue este computador, ligue-o outra vez e volte aqui.
claim-guessed = Foram escritos algarismos errados demasiadas vezes. Desligue este computador, ligue-o outra vez e volte aqui.
claim-code = Para continuar noutro telefone ou computador, abra lá a mesma página e escreva { $code }.

## Language

language-title = Língua
language-says = Em que língua quer ler?
language-label = Língua
keyboard-label = Teclado deste computador
keyboard-help = Só para um teclado ligado a este computador.

## Time zone

time-zone-title = Onde está
time-zone-says = O relógio precisa de saber onde está este computador.
time-zone-label = Fuso horário
time-zone-unknown = Esse fuso horário não existe.

## Preset

preset-title = Para que serve
preset-says = Isto decide o que será oferecido depois. Nessa altura pode mudar tudo.
preset-label = Este computador é para
preset-school = Uma escola
preset-school-help = Lições, livros e exercícios sem internet, e um lugar para o trabalho de todos.
preset-clinic = Um centro de saúde
preset-clinic-help = Registos e imagens dos doentes, guardados com segurança e em privado.
preset-creator = Alguém que cria
preset-creator-help = Escrever, fazer música, imagens, código, e mostrar tudo aos outros.
preset-plain = Outra coisa
preset-plain-help = Nada é escolhido em seu lugar.

## Name and administrator

identity-title = Nome e administrador
identity-says = Os outros podem ver o nome na rede. O administrador pode mudar tudo neste computador.
name-label = Nome deste computador
name-help = Letras minúsculas sem acentos, algarismos e hífenes, como school-1.
name-wrong = Um nome tem 1 a 63 letras minúsculas, algarismos e hífenes, sem hífen no início nem no fim.
user-label = Nome do administrador
user-help = Letras minúsculas sem acentos e algarismos, como thandi.
user-wrong = Este nome não serve. Use até 31 letras minúsculas e algarismos, a começar por uma letra.
password-label = Palavra-passe
password-help = Pelo menos 10 caracteres. Três ou quatro palavras são fáceis de lembrar e difíceis de adivinhar.
password-again-label = A mesma palavra-passe outra vez
password-short = Escreva pelo menos 10 caracteres, e não sempre os mesmos.
password-differs = O que escreveu da segunda vez não é igual.
password-kept = Deixe vazio para manter a que deu antes.
ssh-label = Chaves para entrar a partir de outro computador (SSH)
ssh-help = Uma por linha. Deixe vazio se não sabe o que isto é.
ssh-wrong = A linha { $line } não é uma chave SSH pública.

## Network

network-title = Rede
network-says = Tudo isto pode ficar vazio. Este computador funciona sem internet.
network-wired = Há um cabo ligado, e funciona.
network-no-wired = Não há nenhum cabo ligado.
country-label = País
country-help = As suas duas letras, como ZA. Decidem que canais Wi-Fi são permitidos.
country-wrong = Escreva as duas letras do país, como ZA.
wifi-label = Rede Wi-Fi
wifi-none = Nenhuma
wifi-other = Outra, pelo nome
wifi-name-label = Nome da rede Wi-Fi
wifi-name-wrong = O nome de uma rede Wi-Fi tem no máximo 32 letras.
wifi-key-label = Palavra-passe da rede Wi-Fi
wifi-key-wrong = Uma palavra-passe de Wi-Fi tem 8 a 63 caracteres.
wifi-key-refused = «{ $name }» não aceita esta palavra-passe.
wifi-gone = «{ $name }» não responde. Talvez esteja demasiado longe.
wifi-signal-good = bom sinal
wifi-signal-weak = sinal fraco
wifi-open = aberta: todos podem escutar
metered-label = Nesta rede paga-se por megabyte
metered-help = Então nada de grande é descarregado sem a sua autorização.

## Sun and battery

solar-title = Sol e bateria
solar-says = Este computador procura carregadores solares, inversores e baterias. Só os lê, e não muda nada.
solar-none = Nada foi encontrado. Pode ligar alguma coisa agora, ou continuar sem isso.
solar-found = { $device }: { $says }
battery-known = A bateria é conhecida: { $says }
battery-describe = Não se sabe que bateria é. Se houver uma, descreva-a aqui; está escrito na etiqueta dela.
chemistry-label = Tipo de bateria
chemistry-none = Não há, ou não sei
chemistry-lifepo4 = Fosfato de ferro e lítio (LiFePO4)
chemistry-lithium-ion = Outra bateria de lítio
chemistry-lead = Chumbo: líquido, AGM ou gel
ampere-hours-label = Amperes-hora (Ah)
volts-label = Volts (V)
battery-wrong = Nenhuma bateria é assim: 1 a 20 000 amperes-hora, e 3 a 1000 volts.

## Mesh

mesh-title = Outros computadores por perto
mesh-says = Computadores como este encontram-se e ajudam-se uns aos outros, com e sem internet. O que dizem entre si é cifrado.
mesh-label = Como
mesh-yggdrasil = Por si mesmos
mesh-yggdrasil-help = Não é preciso combinar nada. (Yggdrasil)
mesh-wireguard = Só os que eu indicar
mesh-wireguard-help = As chaves deles são trocadas à mão. (WireGuard)
mesh-nebula = Só os que têm um certificado
mesh-nebula-help = Quem cuida da rede distribui-os. (Nebula)
mesh-none = De modo nenhum
invitation-label = Convite
invitation-help = Uma linha que começa por «ilanga:», de um computador que já lá está. Deixe vazio se não tem nenhum.
invitation-wrong = Isto não é um convite. Um convite começa por «ilanga:».
invitation-false = Este convite foi alterado, ou nenhum daqueles que ele nomeia o assinou.
invitation-old = Este convite terminou em { $day }.
helps-label = Ajudar os vizinhos a abrir os discos deles depois de um corte de energia
helps-help = Discos roubados ficam fechados. Este computador não fica a saber nada do que eles contêm.

## Storage

storage-title = Disco
storage-says = O que as pessoas põem neste computador é cifrado: quem levar o disco não o consegue ler.
install-label = Onde deve ficar o sistema
install-here = Onde está agora: { $disk }
install-to = O próprio disco deste computador: { $disk }
data-label = Onde devem ficar os dados
data-rest = No mesmo disco: { $size }
data-disk = { $disk }
disk-holds = contém { $holds }
disk-empty = vazio
erase-label = Nome do disco que pode ser apagado
erase-help = { $disk } contém { $holds }. Tudo isso será apagado. Escreva { $disk } se tem a certeza.
erase-wrong = Escreva o nome tal como está ali.
disk-gone = O disco { $disk } já não está lá.
disk-twice = O disco { $disk } só pode servir para uma coisa.
disk-small = Há espaço para { $there } de dados. São precisos pelo menos { $needed }.
unlock-label = O que abre os dados quando este computador arranca
unlock-tpm = O próprio computador
unlock-tpm-help = O seu chip de segurança (TPM) só dá a chave a um sistema que não foi alterado.
unlock-tpm-no-secure-boot = O Secure Boot está desligado: quem tiver este computador algum tempo pode obter a chave. Ligue-o nas definições do firmware, se puder.
unlock-neighbours = Vizinhos
unlock-usb-key = Uma pen USB
unlock-passphrase = Uma frase secreta
unlock-passphrase-help = Alguém tem de a escrever em cada arranque, aqui ou num telefone.
no-tpm = Este computador não tem um chip de segurança que possa guardar a chave.
no-mesh = Sem outros computadores por perto, não há quem possa ajudar.
helpers-label = Que vizinhos
need-label = Quantos deles têm de estar presentes
helpers-few = Escolha pelo menos tantos vizinhos quantos têm de estar presentes.
passphrase-label = Frase secreta
passphrase-again-label = A mesma frase secreta outra vez
passphrase-help = Pelo menos 10 caracteres. Use palavras que não vá esquecer.
speed = Este computador lê discos cifrados a { $megabytes } MB por segundo ({ $cipher }).

## Recovery key

recovery-title = Chave de recuperação
recovery-says = Se mais nada abrir os dados, esta chave abre-os. Escreva-a em papel ou imprima-a, e guarde-a num lugar seguro. Só é mostrada agora, e este computador não a guarda.
recovery-confirm = Escreva dois dos grupos dela, para ter a certeza de que a tem.
recovery-lost = A energia falhou antes de ter confirmado a chave de recuperação. Escreva a sua frase secreta, e será criada uma chave nova.
passphrase-wrong = Esta não é a frase secreta.
group-label = Grupo { $number }
group-wrong = Este não é o grupo { $number }.
recovery-new = A energia falhou antes de ter confirmado uma chave de recuperação. Esta é nova; a anterior já não vale nada.

## Services

services-title = Serviços
services-says = O que deve funcionar neste computador? O que está a cinzento não cabe.
services-none = Para isto ainda não há nenhum. Vêm com uma atualização, ou numa pen USB.
services-label = Serviços
service-needs = { $memory } de memória, { $disk } de disco, { $watts } W
budget = Juntos: { $memory } de { $memory-there } de memória, { $disk } de { $disk-there } de disco, { $watts } de { $watts-there } W.
budget-wrong = Juntos precisam de mais do que há. Deixe algo de fora.

## Summary

summary-title = Pronto para começar
summary-says = Ainda nada foi mudado. Vai ser feito isto:
summary-action = Começar
change-locale = Língua: { $language }, teclado: { $keyboard }
change-time-zone = Fuso horário: { $zone }
change-name = Nome: { $name }
change-network = Redes: { $networks }
change-network-none = Nenhuma rede além do cabo
change-install = O sistema é copiado para { $disk }. O que lá está é apagado.
change-data-here = Um lugar para os dados no mesmo disco, cifrado
change-data = Um lugar para os dados, cifrado: { $disks }
change-unlock-tpm = Este computador abre-os sozinho
change-unlock-neighbours =
    { $need ->
        [one] { $need } vizinho em { $of } abre-os
       *[other] { $need } vizinhos em { $of } abrem-nos
    }
change-unlock-usb-key = Uma pen USB abre-os
change-unlock-passphrase = Uma frase secreta abre-os
change-administrator = Administrador: { $name }
change-battery = Bateria: { $hours } Ah, { $volts } V
change-mesh = Outros computadores: { $how }
change-services = Serviços: { $services }
change-services-none = Ainda sem serviços
change-forget = O que já não é preciso é eliminado

## While it is done, and afterwards

applying-title = Está a ser feito
applying-says = A energia pode falhar: continua onde estava. Feito: { $done } de { $of }.
failed-says = Não resultou: { $why }
try-again = Tentar de novo
ready-title = Pronto
ready-says = Este computador está pronto. A página dele é http://{ $name }.local, ou { $address }.

locked-title = Os dados estão bloqueados
locked-says = Escreva a frase secreta deste computador, ou a sua chave de recuperação.
locked-label = Frase secreta ou chave de recuperação
locked-wrong = Isto não abre nada.
locked-open = Desbloquear
locked-anew = Configurar este computador de novo
opening-title = A abrir os dados
opening-says = Demora segundos; depois de uma falha de energia pode demorar minutos.
