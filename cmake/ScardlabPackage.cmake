# What cmake --install leaves for other projects, below the headers: three libraries, each static and shared, made of the
# object files of this project's own; a CMake package; pkg-config files. Sources of other projects include headers by the
# same paths as ours: the include directory is include/scardlab.
include(CMakePackageConfigHelpers)
include(GNUInstallDirs)
find_package(OpenSSL 3 REQUIRED COMPONENTS Crypto)
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(fmt REQUIRED)
find_package(pugixml REQUIRED)
find_package(yaml-cpp 0.7 REQUIRED)
pkg_check_modules(PCSCLITE REQUIRED IMPORTED_TARGET libpcsclite)

set(scardlab_package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/scardlab)
set(scardlab_include_folder ${CMAKE_INSTALL_INCLUDEDIR}/scardlab)
set(scardlab_catalogue_folder ${CMAKE_INSTALL_DATADIR}/scardlab/scenarios)
if(BUILD_SHARED_LIBS)
    set(scardlab_kind shared)
else()
    set(scardlab_kind static)
endif()

# scardlab_package(NAME [WITHOUT LIBRARIES...] [USES PACKAGE LIBRARIES...] [LINKS LIBRARIES...]): the libraries
# scardlab_NAME, scardlab::NAME to others, of all libraries that are declared below the folder NAME.
function(scardlab_package name)
    cmake_parse_arguments(ARG "" "" "WITHOUT;USES;LINKS" ${ARGN})
    get_property(parts GLOBAL PROPERTY SCARDLAB_LIBRARIES)
    list(TRANSFORM ARG_WITHOUT PREPEND scardlab_)
    set(objects)
    foreach(part IN LISTS parts)
        get_target_property(folder ${part} SOURCE_DIR)
        file(RELATIVE_PATH folder ${PROJECT_SOURCE_DIR} ${folder})
        if(folder MATCHES "^${name}/" AND NOT part IN_LIST ARG_WITHOUT)
            list(APPEND objects $<TARGET_OBJECTS:${part}>)
        endif()
    endforeach()
    foreach(kind static shared)
        string(TOUPPER ${kind} type)
        set(target scardlab_${name}_${kind})
        add_library(${target} ${type} ${objects})
        set_target_properties(${target} PROPERTIES
            OUTPUT_NAME scardlab_${name} EXPORT_NAME ${name} LINKER_LANGUAGE CXX
            INSTALL_RPATH $ORIGIN  # where the libraries are that it uses: a program need not name them
            VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
        target_compile_features(${target} INTERFACE cxx_std_20)
        target_include_directories(${target} INTERFACE
            $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}> $<INSTALL_INTERFACE:${scardlab_include_folder}>)
        list(TRANSFORM ARG_USES REPLACE "(.+)" "scardlab_\\1_${kind}" OUTPUT_VARIABLE uses)
        target_link_libraries(${target} PUBLIC ${uses} PRIVATE ${ARG_LINKS})
        target_link_options(${target} PRIVATE $<$<STREQUAL:${kind},shared>:-Wl,-z,defs>)
        install(TARGETS ${target} EXPORT scardlab_${kind}
            ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
    endforeach()
    add_library(scardlab::${name} ALIAS scardlab_${name}_${scardlab_kind})
endfunction()

scardlab_package(emulator WITHOUT vpcd_bridge LINKS OpenSSL::Crypto Threads::Threads fmt::fmt)
scardlab_package(core USES emulator LINKS OpenSSL::Crypto PkgConfig::PCSCLITE Threads::Threads)
scardlab_package(scenarios WITHOUT pcscd_target private_pcscd USES core emulator
    LINKS yaml-cpp fmt::fmt pugixml::pugixml)

# Headers: what a program needs, not what our own sources share with each other.
install(DIRECTORY core emulator DESTINATION ${scardlab_include_folder} FILES_MATCHING PATTERN "*.h"
    PATTERN "bridge" EXCLUDE PATTERN "attachment*.h" EXCLUDE PATTERN "scoped_handle.h" EXCLUDE
    PATTERN "watched_events.h" EXCLUDE)
install(DIRECTORY scenarios/engine DESTINATION ${scardlab_include_folder}/scenarios FILES_MATCHING PATTERN "*.h"
    PATTERN "pcscd" EXCLUDE PATTERN "script" EXCLUDE)

# The CMake package. Which kind of library scardlab::NAME is: the component asked for, else what the project that asks
# builds, else what this project builds.
foreach(kind static shared)
    install(EXPORT scardlab_${kind} NAMESPACE scardlab:: FILE scardlab_${kind}.cmake
        DESTINATION ${scardlab_package_folder})
endforeach()
configure_package_config_file(cmake/package/scardlabConfig.cmake.in ${CMAKE_BINARY_DIR}/package/scardlabConfig.cmake
    INSTALL_DESTINATION ${scardlab_package_folder} PATH_VARS scardlab_catalogue_folder)
write_basic_package_version_file(${CMAKE_BINARY_DIR}/package/scardlabConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/package/scardlabConfig.cmake ${CMAKE_BINARY_DIR}/package/scardlabConfigVersion.cmake
    DESTINATION ${scardlab_package_folder})

# pkg-config: paths relative to the file, so that the tree can be moved.
file(RELATIVE_PATH scardlab_prefix_from_pc ${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_LIBDIR}/pkgconfig
    ${CMAKE_INSTALL_PREFIX})
# Without its slash at the end: two of them would begin a comment where the header makes a string of the path.
string(REGEX REPLACE "/$" "" scardlab_prefix_from_pc ${scardlab_prefix_from_pc})
function(scardlab_pkg_config name description requires requires_private)
    configure_file(cmake/package/scardlab.pc.in ${CMAKE_BINARY_DIR}/package/scardlab-${name}.pc @ONLY)
    install(FILES ${CMAKE_BINARY_DIR}/package/scardlab-${name}.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endfunction()
scardlab_pkg_config(emulator "Emulated ISO/IEC 7816 card and reader" "" "libcrypto fmt")
scardlab_pkg_config(core "ISCardManage and its family, and the resource managers" scardlab-emulator
    "libcrypto libpcsclite")
scardlab_pkg_config(scenarios "Scenario scripts, and an emulated reader for tests" scardlab-core
    "yaml-cpp fmt pugixml")
