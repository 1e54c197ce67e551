### No native speaker has read this yet. docs/languages.md says how to mend a text.
### What people read of a community of computers, and of an invitation into one.

invitation-group = O grupo { $group } do convite não está bem escrito.
invitation-end = Falta o fim do convite.
invitation-other = Com um convite, escolha a primeira forma: por si mesmos.
invitation-into = O convite é para a comunidade «{ $community }».
change-mesh-community = Outros computadores: { $how }, e só os de «{ $community }»
