//! The stages of a build from the packages to the files of the release.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::thread;

use anyhow::{Context as _, Result};
use formats::digest::Digest;
use formats::repository::Followed;
use formats::size::Bytes;

use super::Builder;
use super::inputs::Inputs;
use super::key_change;
use super::output::Output;
use super::release::{self, Release};
use crate::bundle;
use crate::cache::Found;
use crate::config::Trust;
use crate::disk::esp::{Content, EspFile, EspSpec};
use crate::disk::{DiskSpec, RootSpec as SlotSpec, bmap, compress, write_image};
use crate::kernel::module_index::ModuleIndex;
use crate::kernel::modules::Selection;
use crate::kernel::{boot_loader, firmware, initramfs, prune, secure_boot, sign, uki};
use crate::keys::KeySet;
use crate::packages::lock::Lock;
use crate::plan::Plan;
use crate::programs::{self, LINKS, Programs};
use crate::root::{self, Root, RootSpec};
use crate::tools_tree::Tools;
use crate::tree::base::{self, Base, BaseSpec};
use crate::tree::finish::{self, Finish};
use crate::tree::overlay::Overlay;
use crate::tree::{rauc, updates};

/// Where the node has the program that renders settings.
const RENDER_SETTINGS: &str = "/usr/lib/ilanga/ilanga-render-settings";

/// Where the node has the program that tells RAUC which release starts.
const BOOT_STATE: &str = "/usr/lib/ilanga/ilanga-boot-state";

/// Where the node has the program that repairs a computer from a stick.
const RESCUE: &str = "/usr/lib/ilanga/ilanga-rescue";

/// Where the node has the program that follows a maker's change of keys.
const KEYS: &str = "/usr/lib/ilanga/ilanga-keys";

/// Makes all files of the release in the output's folder.
pub(super) fn run(
    builder: &Builder,
    plan: &Plan,
    tools: &Tools,
    lock: &Lock,
    keys: &KeySet,
    output: &Output,
) -> Result<()> {
    let ui = &builder.ui;
    let out = output.folder()?;
    let work = builder.cache.scratch("build-")?;
    let work = work.path();

    let (base, modules, programs) = parts(builder, plan, tools, lock)?;
    let boot_loader = boot_loader_files(plan, tools, &base, keys, work)?;
    let mut files = vec![rauc::system_conf(&plan.compatible), (PathBuf::from(rauc::KEYRING), keyring(keys)?)];
    let root = fs::read(&keys.enrolled().tuf.root_file).context("reading the root of the update metadata")?;
    files.extend(updates::files(&followed(plan), root));
    files.extend(spare_boot_loader(&boot_loader)?);
    files.extend(key_change::files(&tools.root, keys, plan, work)?);
    let (root_file, root) = root_file_system(builder, plan, tools, &base, &modules, &programs, files)?;

    let kernel = out.join(&plan.artefacts.kernel);
    ui.stage("making the kernel image", || {
        let selection = Selection::choose(&modules.all, &plan.kernel.modules)?;
        let initramfs = work.join("initramfs");
        fs::write(&initramfs, initramfs::make(&programs.init, &selection, &base.lower)?)
            .context("writing the initramfs")?;
        let os_release = work.join("os-release");
        fs::write(&os_release, os_release_text(&base.lower, plan)?).context("writing os-release")?;
        let spec = uki::UkiSpec {
            tree: &base.lower,
            release: &modules.all.release,
            os_release: &os_release,
            initramfs: &initramfs,
            command_line: &plan.kernel.command_line(root.root_hash, plan.sizes),
            date: plan.time,
        };
        uki::make(&tools.root, keys, &spec, work, &kernel).map_err(anyhow::Error::from)
    })?;

    let slot = out.join(&plan.artefacts.root);
    ui.stage("making the slot image", || slot_image(&root_file, &kernel, &slot))?;

    let bundle = match &plan.artefacts.bundle {
        Some(name) => Some(ui.stage("making the update bundle", || {
            let source = bundle::Source { tools: &tools.root, plan, keys, slot: &slot };
            bundle::make(&source, work, &out.join(name), &mut |done, total| ui.bytes(done.0, total.0))
        })?),
        None => None,
    };

    let disk = out.join(&plan.artefacts.image);
    let facts = ui.stage("making the disk image", || {
        let mut files = boot_loader;
        files.push(EspFile { path: plan.artefacts.boot_entry.clone(), content: Content::File(kernel.clone()) });
        let spec = DiskSpec {
            guid: plan.ids.disk,
            esp_guid: plan.ids.esp,
            esp: EspSpec {
                size: plan.sizes.esp,
                label: "ILANGA".to_owned(),
                volume_id: plan.ids.fat_volume,
                date: plan.time,
                files,
            },
            root: SlotSpec { guid: plan.ids.root_a, image: slot.clone(), capacity: plan.sizes.slot },
        };
        let facts = write_image(&spec, &disk, &mut |done, total| ui.bytes(done.0, total.0))?;
        fs::write(out.join(&plan.artefacts.bmap), bmap::text(&facts)).context("writing the block map")?;
        anyhow::Ok(facts)
    })?;
    let mut known = vec![(&plan.artefacts.image, facts.sha256)];
    if let Some(name) = &plan.artefacts.compressed {
        let compressed = ui.stage("compressing the disk image", || {
            compress::xz(&disk, &out.join(name), &mut |done, total| ui.bytes(done.0, total.0))
        })?;
        known.push((name, compressed.sha256));
    }
    ui.stage("writing the manifest", || {
        if let (Some(name), Some(made)) = (&plan.artefacts.bundle, bundle) {
            known.extend([(name, made.sha256), (&plan.artefacts.root, made.image)]);
        }
        let release = Release { plan, lock, keys, tools: &tools.root, root: &root, known: &known };
        release::write(&release, out)
    })
}

/// What a root file system is made of: packages, the kernel's modules among them, and the node's own programs.
/// Packages' scripts keep one processor busy at most, so everything else is done beside them.
fn parts(builder: &Builder, plan: &Plan, tools: &Tools, lock: &Lock) -> Result<(Base, KernelModules, Programs)> {
    let ui = &builder.ui;
    let spec = BaseSpec { date: plan.time, documentation: plan.packages.docs, store: &builder.store };
    let base_id = base::id(lock, spec);
    thread::scope(|scope| {
        let programs = scope.spawn(|| {
            ui.beside("compiling the node's programs", || {
                programs::compile(&builder.cache, builder.workspace.root(), &tools.root, tools.id)
            })
        });
        let modules = |lower: &Path| kernel_modules(builder, plan, tools, base_id, lower);
        let beside =
            |lower: &Path| ui.beside("reading the kernel's modules", || modules(lower).map(|_: KernelModules| ()));
        let base = ui.stage("installing packages", || {
            let base = builder
                .with_packages(lock, || base::make(&builder.cache, lock, spec, &mut |line| ui.line(line), &beside))?;
            if base.found == Found::There {
                ui.cached();
            }
            anyhow::Ok(base)
        })?;
        let modules = match base.found {
            // They were read beside it.
            Found::Made => modules(&base.lower)?,
            Found::There => ui.stage("reading the kernel's modules", || modules(&base.lower))?,
        };
        let programs = ui.stage("waiting for the node's programs", || match programs.join() {
            Ok(programs) => programs,
            Err(panic) => std::panic::resume_unwind(panic),
        })?;
        Ok((base, modules, programs))
    })
}

/// The kernel's modules.
struct KernelModules {
    /// All of the kernel package.
    all: ModuleIndex,
    /// Those that the root file system keeps.
    kept: ModuleIndex,
    /// What lies above the packages' files: these, unpacked, and depmod's lists of them.
    layer: PathBuf,
}

/// The kernel's modules: the index of all, by the base tree that has them (4,000 take a while to unpack), and those that the
/// image keeps.
fn kernel_modules(builder: &Builder, plan: &Plan, tools: &Tools, base: Digest, lower: &Path) -> Result<KernelModules> {
    let id = Digest::of_parts([b"module index 1" as &[u8], base.as_bytes()]);
    let (folder, _) = builder.cache.entry("stages", id, |folder| {
        let index = serde_json::to_vec(&ModuleIndex::read(lower)?).context("writing the index of modules")?;
        fs::write(folder.join("index.json"), index).context("writing the index of modules")
    })?;
    let text = fs::read(folder.join("index.json")).context("reading the index of modules")?;
    let all: ModuleIndex = serde_json::from_slice(&text).context("reading the index of modules")?;
    let kept = prune::prune(&all, &plan.kernel.root_modules);
    let mut inputs = Inputs::default();
    inputs.value("recipe", "modules 2").value("base", base.as_bytes()).value("tools", tools.id.as_bytes());
    kept.modules.keys().for_each(|name| {
        inputs.value("module", name);
    });
    let (folder, _) = builder.cache.entry("stages", inputs.digest(), |folder| {
        prune::layer(&tools.root, lower, &kept, &folder.join("layer")).map_err(anyhow::Error::from)
    })?;
    Ok(KernelModules { all, kept, layer: folder.join("layer") })
}

/// What nodes with this release follow.
fn followed(plan: &Plan) -> Followed {
    let updates = plan.updates.clone();
    Followed::new(&plan.board, &plan.compatible, &updates.channel, &plan.version, plan.date, updates.url)
}

/// The root file system with its verity tree, kept by everything that is in it; `files` are what the release's configuration and
/// keys make.
fn root_file_system(
    builder: &Builder,
    plan: &Plan,
    tools: &Tools,
    base: &Base,
    modules: &KernelModules,
    programs: &Programs,
    files: Vec<(PathBuf, Vec<u8>)>,
) -> Result<(PathBuf, Root)> {
    let ui = &builder.ui;
    let spec = RootSpec {
        uuid: plan.ids.erofs,
        verity_uuid: plan.ids.verity,
        salt: *plan.ids.verity_salt.as_bytes(),
        date: plan.time,
        format: plan.root,
    };
    let mut inputs = Inputs::default();
    inputs
        .value("recipe", "root 4")
        .value("builder", builder_digest()?)
        .value("base", base.id.as_bytes())
        .value("tools", tools.id.as_bytes())
        .value("programs", programs.id.as_bytes())
        .value("spec", format!("{spec:?}"))
        .value("kernel", format!("{:?}", (&plan.kernel.root_modules, &plan.kernel.firmware)));
    let finish = Finish {
        overlays: plan.tree.overlays.clone(),
        programs: [
            (&programs.render_settings, RENDER_SETTINGS),
            (&programs.boot_state, BOOT_STATE),
            (&programs.rescue, RESCUE),
            (&programs.keys, KEYS),
        ]
        .map(|(program, path)| (program.clone(), PathBuf::from(path)))
        .into_iter()
        .chain(programs.others.clone())
        .collect(),
        links: LINKS.map(|(path, to)| (PathBuf::from(path), PathBuf::from(to))).to_vec(),
        files,
        os_release: os_release_text(&base.lower, plan)?,
        scripts: plan.tree.scripts.clone(),
        environment: plan.tree.environment.clone(),
        removed: plan.tree.removed.clone(),
        firmware: Vec::new(),
    };
    inputs.value(
        "finish",
        format!("{:?}", (&finish.links, &finish.files, &finish.os_release, &finish.environment, &finish.removed)),
    );
    for path in finish.overlays.iter().chain(&finish.scripts) {
        inputs.files("files", path)?;
    }
    let file = |folder: &Path| folder.join("root.erofs");
    let (folder, found) = builder.cache.entry("stages", inputs.digest(), |folder| {
        let [upper, scratch, merged] = ["upper", "work", "merged"].map(|name| folder.join(name));
        for path in [&upper, &scratch, &merged] {
            fs::create_dir(path).with_context(|| format!("making {}", path.display()))?;
        }
        let overlay = Overlay::mount(&[&modules.layer, &base.upper, &base.lower], &upper, &scratch, &merged)?;
        ui.stage("finishing the tree", || {
            let KernelModules { all, kept, .. } = modules;
            prune::apply(overlay.path(), all, kept)?;
            let present = firmware::present(overlay.path())?;
            let unwanted = firmware::unwanted(&firmware::wanted(kept), &plan.kernel.firmware, &present);
            let firmware = unwanted.into_iter().map(PathBuf::from).collect();
            finish::finish(overlay.path(), &Finish { firmware, ..finish.clone() }, &mut |line| ui.line(line))
        })?;
        let root =
            ui.stage("making the root file system", || root::make(&tools.root, &spec, overlay.path(), &file(folder)))?;
        fs::write(folder.join("root.json"), serde_json::to_vec(&root).context("describing the root file system")?)
            .context("describing the root file system")?;
        drop(overlay);
        for path in [&upper, &scratch, &merged] {
            crate::cache::remove_tree(path)?;
        }
        Ok(())
    })?;
    if found == Found::There {
        ui.stage("making the root file system", || ui.cached());
    }
    let text = fs::read(folder.join("root.json")).context("reading the description of the root file system")?;
    let root = serde_json::from_slice(&text).context("reading the description of the root file system")?;
    Ok((file(&folder), root))
}

/// The builder's own program: another one may finish a tree in another way.
fn builder_digest() -> Result<Vec<u8>> {
    fs::read("/proc/self/exe").context("reading the builder")
}

/// The tree's `os-release` with what the image adds; systemd-boot sorts releases by it.
fn os_release_text(tree: &Path, plan: &Plan) -> Result<String> {
    let path = tree.join("usr/lib/os-release");
    let mut text = fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
    for (name, value) in &plan.tree.os_release {
        text.push_str(&format!("{name}=\"{value}\"\n"));
    }
    Ok(text)
}

/// EROFS ‖ verity tree ‖ boot payload, each at a multiple of 4096 bytes.
fn slot_image(root: &Path, payload: &Path, slot: &Path) -> Result<()> {
    fs::copy(root, slot).with_context(|| format!("copying the root file system to {}", slot.display()))?;
    let mut file = File::options().append(true).open(slot).with_context(|| format!("opening {}", slot.display()))?;
    let mut source = File::open(payload).with_context(|| format!("opening {}", payload.display()))?;
    io::copy(&mut source, &mut file).with_context(|| format!("appending the kernel image to {}", slot.display()))?;
    let length = Bytes(file.metadata().with_context(|| format!("measuring {}", slot.display()))?.len());
    let padding = length.align_up(Bytes(formats::verity::BLOCK)) - length;
    let zeros = vec![0; usize::try_from(padding.0).unwrap_or_default()];
    file.write_all(&zeros).with_context(|| format!("aligning {}", slot.display()))
}

/// The files of the ESP beside the kernel image: the boot loader for the way of trust.
fn boot_loader_files(plan: &Plan, tools: &Tools, base: &Base, keys: &KeySet, work: &Path) -> Result<Vec<EspFile>> {
    let systemd_boot = work.join("systemd-boot.efi");
    let unsigned = boot_loader::unsigned_systemd_boot(&base.lower);
    sign::sign_efi(&tools.root, &keys.programs(), &unsigned, &systemd_boot, plan.time)?;
    let variables = match plan.trust {
        Trust::Own => secure_boot::variables(&tools.root, keys.enrolled(), plan.time, work)?,
        Trust::Shim => Vec::new(),
    };
    let certificate = release::der(&keys.enrolled().secure_boot.certificate)?;
    let from = boot_loader::BootFiles {
        tree: &tools.root,
        systemd_boot: &systemd_boot,
        variables: &variables,
        certificate: &certificate,
    };
    Ok(boot_loader::files(plan.trust, &from))
}

/// The certificates of who may sign bundles.
fn keyring(keys: &KeySet) -> Result<Vec<u8>> {
    let mut text = Vec::new();
    for path in keys.keyring() {
        text.extend(fs::read(path).with_context(|| format!("reading {}", path.display()))?);
    }
    Ok(text)
}

/// The same files for the root file system, from which a node restores what its ESP has lost.
fn spare_boot_loader(files: &[EspFile]) -> Result<Vec<(PathBuf, Vec<u8>)>> {
    let spare = |EspFile { path, content }: &EspFile| {
        let content = match content {
            Content::Bytes(bytes) => bytes.clone(),
            Content::File(path) => fs::read(path).with_context(|| format!("reading {}", path.display()))?,
        };
        Ok((PathBuf::from(formats::own_disk::SPARE_ESP).join(path), content))
    };
    files.iter().map(spare).collect()
}
