# Builds the example in one way against the stage and runs its tests. -D way=static|shared|pkg_config, stage, example,
# build, libdir, compiler, launcher, report: see CMakeLists.txt.
function(run)
    execute_process(COMMAND ${ARGN} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

file(MAKE_DIRECTORY ${build})
if(way STREQUAL "pkg_config")
    set(ENV{PKG_CONFIG_PATH} ${stage}/${libdir}/pkgconfig)
    # As README says it, in a shell: what pkg-config prints is split into words there, but not unquoted.
    set(flags "$(pkg-config --cflags --libs scardlab-scenarios)")
    set(object "'${build}/example_test.o'")
    run(sh -c "${launcher} '${compiler}' -DBOOST_TEST_DYN_LINK -c '${example}/example_test.cpp' -o ${object} ${flags}")
    run(sh -c "'${compiler}' -Wl,--as-needed ${object} -o '${build}/example_test' ${flags} \
        -lboost_unit_test_framework -Wl,-rpath,'${stage}/${libdir}'")
else()
    set(is_shared OFF)
    if(way STREQUAL "shared")
        set(is_shared ON)
    endif()
    run(${CMAKE_COMMAND} -S ${example} -B ${build} -G Ninja -D CMAKE_PREFIX_PATH=${stage}
        -D CMAKE_CXX_COMPILER=${compiler} -D CMAKE_CXX_COMPILER_LAUNCHER=${launcher}
        -D BUILD_SHARED_LIBS=${is_shared} -D CMAKE_EXE_LINKER_FLAGS=-Wl,--as-needed)
    run(${CMAKE_COMMAND} --build ${build})
    if(way STREQUAL "static")
        run(${CMAKE_COMMAND} --build ${build} --target headers)
    endif()
endif()
run(${build}/example_test --logger=HRF,error,stdout:JUNIT,all,${report})
