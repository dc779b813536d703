/** What Debian's installer is to do: `preseed`. */
export interface Installation {
  readonly mirror: URL
  /** URL of the proxy to the mirror. */
  readonly proxy: string | undefined
  readonly suite: string | undefined
  readonly hostname: string
  readonly rootPassword: string
  /** "/dev/vda" */
  readonly disk: string
  readonly packages: ReadonlyArray<string>
  /** Arguments of the installed system's kernel. */
  readonly kernelArguments: string
  /** Further answers, which replace those before them. */
  readonly answers: ReadonlyArray<string>
}

/**
 * The answers to all that Debian's installer asks, for an installation without anybody at the keyboard: one file
 * system on the whole disk, no more packages than were asked for. Format: Debian GNU/Linux Installation Guide,
 * appendix B, "Automating the installation using preseeding".
 */
export const preseed = (wanted: Installation): string => {
  const { mirror, disk } = wanted
  const protocol = mirror.protocol.replace(":", "")
  const answers: ReadonlyArray<string | false> = [
    // Where DHCP names iPXE's script as the file to boot, the installer would take that for further answers.
    "preseed/early_command string sed -i 's/^dhcp_preseed_url () {/& return 0;/' /lib/preseed/preseed.sh",
    "debian-installer/locale string C.UTF-8",
    "debian-installer/language string en",
    "debian-installer/country string US",
    "keyboard-configuration/xkb-keymap select us",
    "netcfg/choose_interface select auto",
    `netcfg/get_hostname string ${wanted.hostname}`,
    "netcfg/get_domain string",
    "mirror/country string manual",
    `mirror/protocol select ${protocol}`,
    `mirror/${protocol}/hostname string ${mirror.host}`,
    `mirror/${protocol}/directory string ${mirror.pathname.replace(/\/+$/, "") || "/"}`,
    `mirror/${protocol}/proxy string ${wanted.proxy ?? ""}`.trimEnd(),
    wanted.suite !== undefined && `mirror/suite string ${wanted.suite}`,
    "passwd/root-login boolean true",
    "passwd/make-user boolean false",
    `passwd/root-password password ${wanted.rootPassword}`,
    `passwd/root-password-again password ${wanted.rootPassword}`,
    "clock-setup/utc boolean true",
    "clock-setup/ntp boolean false",
    "time/zone string UTC",
    `partman-auto/disk string ${disk}`,
    "partman-auto/method string regular",
    "partman-auto/expert_recipe string root :: 500 10000 -1 ext4 $primary{ } $bootable{ } method{ format } format{ } use_filesystem{ } filesystem{ ext4 } mountpoint{ / } .",
    "partman-basicfilesystems/no_swap boolean false",
    "partman-partitioning/confirm_write_new_label boolean true",
    "partman/choose_partition select finish",
    "partman/confirm boolean true",
    "partman/confirm_nooverwrite boolean true",
    "base-installer/install-recommends boolean false",
    // The mirror may have no more than the release itself.
    "apt-setup/services-select multiselect",
    "apt-setup/cdrom/set-first boolean false",
    "apt-setup/enable-source-repositories boolean false",
    "pkgsel/run_tasksel boolean false",
    `pkgsel/include string ${wanted.packages.join(" ")}`.trimEnd(),
    "pkgsel/upgrade select none",
    "popularity-contest/participate boolean false",
    "grub-installer/only_debian boolean true",
    `grub-installer/bootdev string ${disk}`,
    `debian-installer/add-kernel-opts string ${wanted.kernelArguments}`.trimEnd(),
    "finish-install/reboot_in_progress note",
    "finish-install/keep-consoles boolean true",
    "cdrom-detect/eject boolean false",
  ]
  const ours = answers.filter((answer) => answer !== false).map((answer) => `d-i ${answer}`)
  return `${[...ours, ...wanted.answers].join("\n")}\n`
}
