# The Debian package (`./run package`): programs, what they ship, a systemd unit, a user. Neither /etc/ketenpoort nor
# /var/lib/ketenpoort holds a file of the package's, so that no upgrade touches policy or state.
include(GNUInstallDirs)
set(parts "${CMAKE_SOURCE_DIR}/cmake/package")

install(TARGETS ketenpoort ketenpoort-verify ketenpoort-partner RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(DIRECTORY config mappings DESTINATION ${CMAKE_INSTALL_DATADIR}/ketenpoort)
install(FILES README.md CHANGELOG.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} RENAME copyright)
install(DIRECTORY docs/ DESTINATION ${CMAKE_INSTALL_DOCDIR} PATTERN schemas EXCLUDE)
install(DIRECTORY mappings/schemas DESTINATION ${CMAKE_INSTALL_DOCDIR})  # in docs/ it is a link
install(FILES ${parts}/ketenpoort.service DESTINATION lib/systemd/system)
install(FILES ${parts}/sysusers.conf DESTINATION lib/sysusers.d RENAME ketenpoort.conf)
install(FILES ${parts}/tmpfiles.conf DESTINATION lib/tmpfiles.d RENAME ketenpoort.conf)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_PACKAGE_CONTACT "Ketenpoort <maintainers@ketenpoort.example>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "HTTPS gateway that passes residents' records on by consent")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION
  "Takes the records that a reception agency keeps, translates them by declarative mappings into the formats of its partners,\n\
delivers them durably, and logs every transfer in a tamper-evident consent ledger.")
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "systemd")
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA ${parts}/postinst ${parts}/prerm ${parts}/postrm)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
include(CPack)
