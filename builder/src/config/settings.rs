//! The settings that mkosi 27 knows, and what Ilanga makes of each.
//!
//! A setting that Ilanga does not know yet stands here too, so that the error can say so.

use Kind::{Bool, Choice, ChoiceOrBool, Feature, FileName, Mkosi, Pairs, Paths, Scripts, Seconds, Spaced, Text, Trees};
use Kind::{Unsupported, Uuid, Words};

/// What a setting's value is, and how a second assignment of it joins the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Not supported yet: an error.
    Unsupported,
    /// Accepted without effect: it steers how mkosi works (caches, its tools tree) or which of its artefacts it
    /// writes, and Ilanga has its own way.
    Mkosi,
    /// Text; the last one counts.
    Text,
    /// A name without '/'.
    FileName,
    /// `yes` or `no`, in all the words that mkosi knows.
    Bool,
    /// `yes`, `no` or `auto`.
    Feature,
    /// One of these.
    Choice(&'static [&'static str]),
    /// One of these, or a word for yes or no.
    ChoiceOrBool(Switch),
    /// A UUID.
    Uuid,
    /// Seconds since 1970.
    Seconds,
    /// A list, separated by commas and white space; each assignment adds to it.
    Words,
    /// A list, separated by spaces and ends of lines; each assignment adds to it.
    Spaced,
    /// Names and values, separated like [`Kind::Spaced`], with a shell's quotes.
    Pairs,
    /// A list of paths, relative to the folder that the file configures.
    Paths,
    /// A list of scripts that exist.
    Scripts,
    /// A list of `source[:target]`.
    Trees,
}

/// A choice that also knows yes and no.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Switch {
    /// The words.
    pub(crate) values: &'static [&'static str],
    /// Which of them a yes is.
    pub(crate) yes: &'static str,
    /// Which of them a no is.
    pub(crate) no: &'static str,
}

/// A setting of mkosi.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Known {
    /// The section that it belongs to.
    pub(crate) section: &'static str,
    /// Its name.
    pub(crate) name: &'static str,
    /// What Ilanga makes of it.
    pub(crate) kind: Kind,
    /// Names that it had before.
    pub(crate) aliases: &'static [&'static str],
    /// Files and folders beside `mkosi.conf` whose presence sets it.
    pub(crate) files: &'static [&'static str],
    /// Whether such a file's content is the value, and not its path.
    pub(crate) read: bool,
    /// A folder whose entries are added to it.
    pub(crate) folder: Option<&'static str>,
}

impl Known {
    const fn alias(self, aliases: &'static [&'static str]) -> Self {
        Self { aliases, ..self }
    }

    const fn file(self, files: &'static [&'static str]) -> Self {
        Self { files, ..self }
    }

    const fn read(self, files: &'static [&'static str]) -> Self {
        Self { files, read: true, ..self }
    }

    const fn folder(self, folder: &'static str) -> Self {
        Self { folder: Some(folder), ..self }
    }
}

const fn known(section: &'static str, name: &'static str, kind: Kind) -> Known {
    Known { section, name, kind, aliases: &[], files: &[], read: false, folder: None }
}

/// The sections that hold settings, and those that hold conditions.
pub(crate) const SECTIONS: &[&str] = &[
    "Match",
    "TriggerMatch",
    "Assert",
    "TriggerAssert",
    "Include",
    "Config",
    "Distribution",
    "Output",
    "Content",
    "Validation",
    "Build",
    "Runtime",
    "Host",
];

/// The setting with this name or former name.
pub(crate) fn find(name: &str) -> Option<&'static Known> {
    SETTINGS.iter().find(|known| known.name == name || known.aliases.contains(&name))
}

#[rustfmt::skip]
const DISTRIBUTIONS: &[&str] = &[
    "fedora", "debian", "kali", "ubuntu", "postmarketos", "arch", "opensuse",
    "mageia", "centos", "rhel", "rhel-ubi", "openmandriva", "rocky", "alma",
    "azure", "custom",
];
#[rustfmt::skip]
const ARCHITECTURES: &[&str] = &[
    "alpha", "arc", "arm", "arm64", "ia64", "loongarch64", "mips-le",
    "mips64-le", "parisc", "ppc", "ppc64", "ppc64-le", "riscv32", "riscv64",
    "s390", "s390x", "tilegx", "x86", "x86-64",
];
#[rustfmt::skip]
const FORMATS: &[&str] = &[
    "confext", "cpio", "directory", "disk", "esp", "none", "portable",
    "sysext", "tar", "uki", "oci", "addon",
];
#[rustfmt::skip]
const BOOTLOADERS: &[&str] = &[
    "none", "uki", "systemd-boot", "grub", "uki-signed", "systemd-boot-signed", "grub-signed",
];
#[rustfmt::skip]
const KERNEL_IMAGES: &[&str] = &[
    "none", "auto", "signed", "unsigned",
];
#[rustfmt::skip]
const VERITY: &[&str] = &[
    "disabled", "hash", "signed", "defer", "auto",
];

/// All of them, in mkosi's order, which is the order in which their files are looked for.
#[rustfmt::skip]
pub(crate) static SETTINGS: &[Known] = &[
    known("Include", "Include", Paths),
    known("Config", "Profiles", Words).alias(&["Profile"]),
    known("Config", "Dependencies", Unsupported),
    known("Config", "MinimumVersion", Mkosi),
    known("Config", "ConfigureScripts", Unsupported).file(&["mkosi.configure"]),
    known("Config", "PassEnvironment", Mkosi),
    known("Distribution", "Distribution", Choice(DISTRIBUTIONS)),
    known("Distribution", "Release", Text),
    known("Distribution", "Architecture", Choice(ARCHITECTURES)),
    known("Distribution", "Mirror", Text),
    known("Distribution", "Snapshot", Unsupported).read(&["mkosi.snapshot"]),
    known("Distribution", "LocalMirror", Unsupported),
    known("Distribution", "RepositoryKeyCheck", Mkosi),
    known("Distribution", "RepositoryKeyFetch", Mkosi),
    known("Distribution", "Repositories", Words),
    known("Output", "Format", Choice(FORMATS)),
    known("Output", "ManifestFormat", Mkosi),
    known("Output", "Output", FileName),
    known("Output", "OutputExtension", Unsupported),
    known("Output", "OutputSize", Unsupported),
    known("Output", "CompressOutput", Mkosi),
    known("Output", "CompressLevel", Mkosi),
    known("Output", "OutputDirectory", Mkosi).file(&["mkosi.output"]),
    known("Output", "OutputMode", Mkosi),
    known("Output", "ImageVersion", Text).read(&["mkosi.version"]),
    known("Output", "ImageId", Text),
    known("Output", "OciLabels", Unsupported),
    known("Output", "OciAnnotations", Unsupported),
    known("Output", "SplitArtifacts", Mkosi),
    known("Output", "RepartDirectories", Unsupported).file(&["mkosi.repart"]),
    known("Output", "SectorSize", Unsupported),
    known("Output", "Overlay", Unsupported),
    known("Output", "Seed", Uuid).read(&["mkosi.seed"]),
    known("Output", "ElTorito", Unsupported),
    known("Output", "ElToritoSystem", Unsupported),
    known("Output", "ElToritoVolume", Unsupported),
    known("Output", "ElToritoPublisher", Unsupported),
    known("Output", "CleanScripts", Unsupported).file(&["mkosi.clean"]).folder("mkosi.clean.d"),
    known("Content", "Packages", Words),
    known("Content", "BuildPackages", Unsupported),
    known("Content", "VolatilePackages", Unsupported),
    known("Content", "PackageDirectories", Unsupported).file(&["mkosi.packages"]),
    known("Content", "VolatilePackageDirectories", Unsupported),
    known("Content", "WithRecommends", Bool),
    known("Content", "WithDocs", Bool),
    known("Content", "BaseTrees", Unsupported),
    known("Content", "SkeletonTrees", Unsupported).file(&["mkosi.skeleton", "mkosi.skeleton.tar"]),
    known("Content", "ExtraTrees", Trees).file(&["mkosi.extra", "mkosi.extra.tar"]),
    known("Content", "RemovePackages", Unsupported),
    known("Content", "RemoveFiles", Words),
    known("Content", "CleanPackageMetadata", Feature),
    known("Content", "SourceDateEpoch", Seconds),
    known("Content", "SyncScripts", Unsupported).file(&["mkosi.sync"]).folder("mkosi.sync.d"),
    known("Content", "PrepareScripts", Unsupported).alias(&["PrepareScript"]).file(&["mkosi.prepare", "mkosi.prepare.chroot"]).folder("mkosi.prepare.d"),
    known("Content", "BuildScripts", Unsupported).alias(&["BuildScript"]).file(&["mkosi.build", "mkosi.build.chroot"]).folder("mkosi.build.d"),
    known("Content", "PostInstallationScripts", Scripts).alias(&["PostInstallationScript"]).file(&["mkosi.postinst", "mkosi.postinst.chroot"]).folder("mkosi.postinst.d"),
    known("Content", "FinalizeScripts", Scripts).alias(&["FinalizeScript"]).file(&["mkosi.finalize", "mkosi.finalize.chroot"]).folder("mkosi.finalize.d"),
    known("Content", "PostOutputScripts", Unsupported).file(&["mkosi.postoutput"]).folder("mkosi.postoutput.d"),
    known("Content", "Bootable", Feature),
    known("Content", "Bootloader", Choice(BOOTLOADERS)),
    known("Content", "BiosBootloader", Unsupported),
    known("Content", "ShimBootloader", Unsupported),
    known("Content", "UnifiedKernelImages", ChoiceOrBool(Switch { values: KERNEL_IMAGES, yes: "signed", no: "none" })),
    known("Content", "UnifiedKernelImageFormat", Unsupported),
    known("Content", "UnifiedKernelImageProfiles", Unsupported).folder("mkosi.uki-profiles"),
    known("Content", "Initrds", Unsupported),
    known("Content", "MicrocodeHost", Unsupported),
    known("Content", "InitrdProfiles", Unsupported),
    known("Content", "InitrdPackages", Unsupported),
    known("Content", "InitrdVolatilePackages", Unsupported),
    known("Content", "Devicetrees", Unsupported).alias(&["Devicetree"]),
    known("Content", "Splash", Unsupported),
    known("Content", "KernelCommandLine", Spaced),
    known("Content", "KernelModulesInclude", Unsupported),
    known("Content", "KernelModulesExclude", Unsupported),
    known("Content", "KernelModules", Words),
    known("Content", "KernelModulesIncludeHost", Unsupported),
    known("Content", "KernelModulesInitrd", Unsupported),
    known("Content", "KernelModulesInitrdInclude", Unsupported),
    known("Content", "KernelModulesInitrdExclude", Unsupported),
    known("Content", "KernelInitrdModules", Words),
    known("Content", "KernelModulesInitrdIncludeHost", Unsupported),
    known("Content", "FirmwareInclude", Unsupported),
    known("Content", "FirmwareExclude", Unsupported),
    known("Content", "FirmwareFiles", Words),
    known("Content", "Locale", Unsupported),
    known("Content", "LocaleMessages", Unsupported),
    known("Content", "Keymap", Unsupported),
    known("Content", "Timezone", Unsupported),
    known("Content", "Hostname", Unsupported),
    known("Content", "RootPassword", Unsupported).read(&["mkosi.rootpw"]),
    known("Content", "RootShell", Unsupported),
    known("Content", "MachineId", Unsupported).read(&["mkosi.machine-id"]),
    known("Content", "Autologin", Unsupported),
    known("Content", "MakeInitrd", Unsupported),
    known("Content", "Ssh", Unsupported),
    known("Content", "SELinuxRelabel", Unsupported),
    known("Validation", "SecureBoot", Bool),
    known("Validation", "SecureBootAutoEnroll", Mkosi),
    known("Validation", "SecureBootKey", Unsupported).file(&["mkosi.key"]),
    known("Validation", "SecureBootKeySource", Unsupported),
    known("Validation", "SecureBootCertificate", Unsupported).file(&["mkosi.crt"]),
    known("Validation", "SecureBootCertificateSource", Unsupported),
    known("Validation", "SecureBootSignTool", Mkosi),
    known("Validation", "Verity", ChoiceOrBool(Switch { values: VERITY, yes: "signed", no: "disabled" })),
    known("Validation", "VerityKey", Unsupported).file(&["mkosi.key"]),
    known("Validation", "VerityKeySource", Unsupported),
    known("Validation", "VerityCertificate", Unsupported).file(&["mkosi.crt"]),
    known("Validation", "VerityCertificateSource", Unsupported),
    known("Validation", "SignExpectedPcr", Feature),
    known("Validation", "SignExpectedPcrKey", Unsupported).file(&["mkosi.key"]),
    known("Validation", "SignExpectedPcrKeySource", Unsupported),
    known("Validation", "SignExpectedPcrCertificate", Unsupported).file(&["mkosi.crt"]),
    known("Validation", "SignExpectedPcrCertificateSource", Unsupported),
    known("Validation", "SignInitrdPCRs", Unsupported),
    known("Validation", "Passphrase", Unsupported).file(&["mkosi.passphrase"]),
    known("Validation", "Checksum", Mkosi),
    known("Validation", "Sign", Unsupported),
    known("Validation", "Key", Unsupported),
    known("Validation", "OpenPGPTool", Unsupported),
    known("Build", "ToolsTree", Mkosi).file(&["mkosi.tools"]),
    known("Build", "ToolsTreeDistribution", Mkosi),
    known("Build", "ToolsTreeRelease", Mkosi),
    known("Build", "ToolsTreeProfiles", Mkosi),
    known("Build", "ToolsTreeMirror", Mkosi),
    known("Build", "ToolsTreeSnapshot", Mkosi),
    known("Build", "ToolsTreeRepositories", Mkosi),
    known("Build", "ToolsTreeSandboxTrees", Mkosi).alias(&["ToolsTreePackageManagerTrees"]),
    known("Build", "ToolsTreePackages", Mkosi),
    known("Build", "ToolsTreePackageDirectories", Mkosi),
    known("Build", "ToolsTreeCertificates", Mkosi),
    known("Build", "ExtraSearchPaths", Mkosi),
    known("Build", "Incremental", Mkosi),
    known("Build", "CacheOnly", Mkosi),
    known("Build", "SandboxTrees", Unsupported).alias(&["PackageManagerTrees"]).file(&["mkosi.sandbox", "mkosi.sandbox.tar", "mkosi.pkgmngr", "mkosi.pkgmngr.tar"]),
    known("Build", "WorkspaceDirectory", Mkosi),
    known("Build", "CacheDirectory", Mkosi).file(&["mkosi.cache"]),
    known("Build", "CacheKey", Mkosi),
    known("Build", "PackageCacheDirectory", Mkosi).file(&["mkosi.pkgcache"]),
    known("Build", "BuildDirectory", Mkosi).file(&["mkosi.builddir"]),
    known("Build", "BuildKey", Mkosi),
    known("Build", "UseSubvolumes", Mkosi),
    known("Build", "RepartOffline", Mkosi),
    known("Build", "History", Mkosi),
    known("Build", "BuildSources", Unsupported),
    known("Build", "BuildSourcesEphemeral", Unsupported),
    known("Build", "Environment", Pairs),
    known("Build", "EnvironmentFiles", Unsupported).file(&["mkosi.env"]),
    known("Build", "WithTests", Mkosi),
    known("Build", "WithNetwork", Unsupported),
    known("Build", "ProxyUrl", Unsupported),
    known("Build", "ProxyExclude", Unsupported),
    known("Build", "ProxyPeerCertificate", Unsupported),
    known("Build", "ProxyClientCertificate", Unsupported),
    known("Build", "ProxyClientKey", Unsupported),
    known("Build", "MakeScriptsExecutable", Mkosi),
    known("Build", "ForeignUIDRange", Mkosi),
    known("Build", "DelegateRanges", Mkosi),
    known("Runtime", "NSpawnSettings", Unsupported).file(&["mkosi.nspawn"]),
    known("Runtime", "Ephemeral", Unsupported),
    known("Runtime", "Credentials", Unsupported).file(&["mkosi.credentials"]),
    known("Runtime", "KernelCommandLineExtra", Unsupported),
    known("Runtime", "RuntimeTrees", Unsupported),
    known("Runtime", "RuntimeSize", Unsupported),
    known("Runtime", "RuntimeNetwork", Unsupported),
    known("Runtime", "RuntimeBuildSources", Unsupported),
    known("Runtime", "BindUser", Unsupported),
    known("Runtime", "SshKey", Unsupported).file(&["mkosi.key"]),
    known("Runtime", "SshCertificate", Unsupported).file(&["mkosi.crt"]),
    known("Runtime", "VirtualMachineMonitor", Unsupported),
    known("Runtime", "Machine", Unsupported),
    known("Runtime", "ForwardJournal", Unsupported),
    known("Runtime", "SysupdateDirectory", Unsupported).file(&["mkosi.sysupdate"]),
    known("Runtime", "Console", Unsupported),
    known("Runtime", "CPUs", Unsupported).alias(&["QemuSmp"]),
    known("Runtime", "RAM", Unsupported).alias(&["QemuMem"]),
    known("Runtime", "MaxMem", Unsupported),
    known("Runtime", "KVM", Unsupported).alias(&["QemuKvm"]),
    known("Runtime", "CXL", Unsupported),
    known("Runtime", "VSock", Unsupported).alias(&["QemuVsock"]),
    known("Runtime", "VSockCID", Unsupported).alias(&["QemuVsockConnectionId"]),
    known("Runtime", "TPM", Unsupported).alias(&["QemuSwtpm"]),
    known("Runtime", "Removable", Unsupported).alias(&["QemuRemovable"]),
    known("Runtime", "DiskType", Unsupported),
    known("Runtime", "Firmware", Unsupported).alias(&["QemuFirmware"]),
    known("Runtime", "FirmwareVariables", Unsupported).alias(&["QemuFirmwareVariables"]),
    known("Runtime", "Linux", Unsupported).alias(&["QemuKernel"]),
    known("Runtime", "Drives", Unsupported).alias(&["QemuDrives"]),
    known("Runtime", "QemuArgs", Unsupported),
    known("Runtime", "Register", Unsupported),
    known("Runtime", "StorageTargetMode", Unsupported),
];
